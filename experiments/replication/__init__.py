"""From run folders to replication reports: what the tables and figures of the paper have in common here.

    runs/SWEEP/jobs.csv → runs → episodes, scored again under one reward → measures → pairing → intervals ┐
    experiments/paper.yaml → paper ───────────────────────────────────────────────────────────────────────┴→ results.csv
    runs/…/metrics.jsonl → curves → curves.csv                      results.csv, curves.csv → README tables and pictures

collect runs all of it for one table; a folder beside this one declares the table: its rows, comparisons and pictures.
"""
