"""BFCL Multi-Turn: the official harness in a process of its own, our models, statistics and table."""
