#!/usr/bin/env bash
# tools/make_bench_env.sh [FOLDER]: one virtual environment per tokenizer library that the benchmarks compare with, each with
# numpy alone beside it. An environment that is there already is left as it is; a library that does not install here is
# reported and skipped, and the benchmarks then run without it.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-bench_env}
python=${PYTHON:-python3}
peers=(
  "tokenizers==0.23.3"
  "tokenizers==1.0.0rc3"
  "tiktoken==0.14.0"
  "sentencepiece==0.2.3"
  "gigatoken==0.10.0"
  "fastokens==0.3.5"
  "tokie==0.1.4"
  "kitoken==0.11.1"
  "rs-bpe==0.1.0"
  "quicktok-v1==0.4.0"
)

mkdir -p "$folder"
skipped=()
for requirement in "${peers[@]}"; do
  environment=$folder/${requirement/==/-}
  if [ -e "$environment/.complete" ]; then
    continue
  fi
  rm -rf "$environment"
  "$python" -m venv "$environment"
  if "$environment/bin/python" -m pip install --quiet --disable-pip-version-check numpy "$requirement"; then
    touch "$environment/.complete"
    echo "$requirement: installed"
  else
    rm -rf "$environment"
    skipped+=("$requirement")
  fi
done
if [ ${#skipped[@]} -gt 0 ]; then
  echo "not installed here: ${skipped[*]}" >&2
fi
