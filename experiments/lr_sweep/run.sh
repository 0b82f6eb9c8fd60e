#!/usr/bin/env bash
# The learning rates on the laptop: what is done is not run again. Words go to every job, e.g. trainer.steps=3.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
"$python" -m prove.main sweeps=lr "$@"
"$python" -m prove.main sweeps=main_results method=base "$@"
"$python" -m experiments.lr_sweep.collect
