"""Benchmarks: items that a policy plays or a harness runs, their scores, and how sure these are."""
