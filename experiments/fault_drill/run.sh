#!/usr/bin/env bash
# Every fault, one after the other: two to four minutes each on two idle cores. Needs data/tiny.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
[ -e data/tiny/train.parquet ] || "$python" -m prove.synthesize synthesis=tiny
"$python" -m experiments.fault_drill.drill "$@"
