#!/usr/bin/env bash
# bench/run_focus.sh DATA: makes the peer's environment (deepfocus, its fasttext from source, numba) and runs the comparison.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: bench/run_focus.sh ../shared/data}
ours=${POLYVOCAB_PYTHON:-$PWD/.venv/bin/python}
peer=bench/.venv-deepfocus
if [ ! -x "$peer/bin/python" ]; then
  python3 -m venv "$peer"
  "$peer/bin/pip" install --quiet --constraint constraints.txt torch deepfocus numba sentencepiece protobuf
fi
TQDM_DISABLE=1 "$peer/bin/python" bench/bench_focus.py --shared "$data" --ours "$ours"
