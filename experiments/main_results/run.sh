#!/usr/bin/env bash
# Base, SFT and PROVE on the laptop: what is done is not run again. Words go to every job, e.g. trainer.steps=3.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
"$python" -m prove.main sweeps=main_results "$@"
"$python" -m experiments.main_results.collect
