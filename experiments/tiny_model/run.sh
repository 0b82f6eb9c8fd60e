#!/usr/bin/env bash
# Trains the embedded policy anew: run.sh CONVERSATIONS.jsonl [key=value …]; writes experiments/tiny_model/model.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec "${PYTHON:-python}" -m experiments.tiny_model.pretrain data="$1" "${@:2}"
