#!/usr/bin/env bash
# Table 6 on the laptop: what is done is not run again. Words go to every job, e.g. trainer.steps=3.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
"$python" -m prove.main sweeps=main_results "$@"
"$python" -m experiments.sft_baseline.collect
