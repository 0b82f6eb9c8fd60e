"""Plays stored episodes again on fresh sessions and says whether the same came out, bit for bit."""
