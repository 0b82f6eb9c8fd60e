#!/usr/bin/env bash
# Figures 3 and 4 on the laptop: PROVE, then its checkpoint halfway on the held-out rows. What is done is not run again.
# Words go to every run, e.g. trainer.batch=8.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
"$python" -m prove.main sweeps=main_results method=base,prove "$@"
"$python" -m experiments.training_dynamics.halfway runs/main_results | while read -r seed step folder; do
  echo "seed $seed, step $step"
  "$python" -m prove.main "$@" run="'training_dynamics/checkpoint=halfway,seed=$seed'" seed="$seed" trainer.steps=0 \
    model.path="'$folder'" </dev/null
done
"$python" -m experiments.training_dynamics.collect
