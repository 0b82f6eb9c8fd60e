"""Many runs side by side, each done once (docs/sweeps.md).

sweep.py → jobs.py (which) → ledger.py (what is done) → slots.py (cores, GPUs) → crew.py (runs them) → board.py (shows)
"""
