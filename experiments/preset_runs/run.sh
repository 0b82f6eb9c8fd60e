#!/usr/bin/env bash
# The two presets on the laptop: what is done is not run again. Words go to every job, e.g. trainer.steps=3.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
"$python" -m prove.main sweeps=reward_presets "$@"
"$python" -m prove.main sweeps=main_results method=base "$@"
"$python" -m experiments.preset_runs.collect
