#!/usr/bin/env bash
# Live and recorded worlds on the laptop: records what is not recorded, trains on both, plays the policies of the cache
# on the live held-out worlds. What is done is not run again. Words go to every run, e.g. trainer.batch=8.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
export PROVE_CACHES=$PWD/data/recorded
if [ ! -f "$PROVE_CACHES/video_meeting.sqlite" ]; then # the last of the twenty
  "$python" -m prove.synthesize synthesis=record servers=all worlds=null calls=100 caches="$PROVE_CACHES" \
    'rows=[data/mini/train.parquet,data/mini/validation.parquet,data/mini/heldout.parquet]'
fi
"$python" -m prove.main sweeps=main_results method=base,prove "$@"
"$python" -m prove.main sweeps=live_vs_cached "$@"
"$python" -m experiments.live_vs_cached.policies runs/live_vs_cached | while read -r seed folder; do
  "$python" -m prove.main "$@" run="'cached_on_live/trained=cached,seed=$seed'" seed="$seed" trainer.steps=0 \
    model.path="'$folder'" </dev/null
done
"$python" -m experiments.live_vs_cached.misses runs/live_vs_cached
"$python" -m experiments.live_vs_cached.collect
