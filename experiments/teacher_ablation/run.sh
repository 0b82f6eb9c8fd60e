#!/usr/bin/env bash
# Table 7 on 8 GPUs. Serve each teacher as its file in conf/teacher/ says and give its address:
#   GEMMA_URL=http://127.0.0.1:8000/v1 QWEN_URL=http://127.0.0.1:8001/v1 ./experiments/teacher_ablation/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
"$python" -m prove.synthesize out=data/prove
OPENAI_BASE_URL="$GEMMA_URL" "$python" -m prove.synthesize teacher=gemma-4-31b out=data/gemma-4-31b
OPENAI_BASE_URL="$QWEN_URL" "$python" -m prove.synthesize teacher=qwen3-32b out=data/qwen3-32b
"$python" -m prove.main sweeps=teacher_ablation model=qwen3-4b,qwen3-8b trainer=fsdp_8gpu seed=0 "$@"
"$python" -m experiments.teacher_ablation.collect
