"""Programmatic rewards: pure functions of an episode's calls, its ground truth and the offered tools."""
