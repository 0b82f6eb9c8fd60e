"""From run folders to replication reports: what the tables and figures of the paper have in common here.

    runs/SWEEP/jobs.csv → runs → episodes, scored again under one reward → measures → pairing → intervals ┐
    experiments/paper.yaml → paper ───────────────────────────────────────────────────────────────────────┴→ results.csv
    runs/…/metrics.jsonl → curves → curves.csv                      results.csv, curves.csv → README tables and pictures

Reading, statistics and pictures are those of prove.reports, which `python -m prove.report` uses too. Here: the paper's
figures, and collect, which runs all of it for one table that a folder beside this one declares.
"""
