"""The trajectory explorer: stored episodes as a page to read (python -m prove.view)."""
