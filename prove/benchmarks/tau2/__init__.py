"""tau2-bench (sierra-research/tau2-bench at v1.0.1): its own command line in its own environment, its results here."""
