"""Constrained synthesis: workflow templates walked over a cache of recorded responses, every trace answered by it."""
