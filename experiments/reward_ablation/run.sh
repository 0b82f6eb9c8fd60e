#!/usr/bin/env bash
# Table 5 on the laptop: what is done is not run again. Words go to every job, e.g. trainer.steps=3.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
"$python" -m prove.main sweeps=reward_ablation "$@"
"$python" -m experiments.reward_ablation.collect
