"""Memory and hours of a choice on GPUs, by arithmetic; the assumptions are in conf/trainer/_h100.yaml."""
