"""A module each with `start(worlds, settings)`, an asynchronous context that gives an arena (contest.py)."""
