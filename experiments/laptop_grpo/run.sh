#!/usr/bin/env bash
# Three seeds of the laptop run, then the table. About eleven minutes a seed on two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
for seed in 0 1 2; do
  "$python" -m prove.main run="laptop-$seed" seed="$seed" data=tiny servers=tiny
done
"$python" -m experiments.laptop_grpo.collect runs/laptop-0 runs/laptop-1 runs/laptop-2
