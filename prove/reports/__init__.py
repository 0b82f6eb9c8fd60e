"""From run folders to tables, pictures and episodes to read.

    runs/SWEEP/jobs.csv → sweep → runs → measures → pairing → compare (intervals) → results ┐
    experiments/NAME/results.csv, curves.csv ────────────────────────────────────── results ┴→ tables, pictures
    runs/…/metrics.jsonl → curves            runs/…/config.yaml → differences, facts
    runs/…/episodes/     → instructive → talk

What `python -m prove.report` writes is a list of blocks (blocks.py) which html.py and plain.py spell out. The tables of
experiments/ are made with the same modules (experiments.replication).
"""
