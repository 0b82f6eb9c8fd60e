"""Writes training data: conversations grounded in live server state, kept only if they replay."""
