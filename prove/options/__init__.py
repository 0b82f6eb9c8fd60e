"""What is written wrongly on a command line or in YAML, and the nearest right word."""
