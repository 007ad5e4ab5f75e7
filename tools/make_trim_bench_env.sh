#!/usr/bin/env bash
# tools/make_trim_bench_env.sh [FOLDER]: the virtual environment of the peer of bench/bench_trim.py: the package vocabtrimmer
# with the releases of transformers and tokenizers that it was written for, and what its setup.py leaves out (pandas, datasets,
# huggingface_hub). It fails with newer ones: transformers 5 has no Repository for it to import. torch is the CPU build that the
# project pins. An environment that is there already is left as it is. Prints the path of its Python.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-trim_bench_env}
if [ ! -e "$folder/.complete" ]; then
  rm -rf "$folder"
  "${PYTHON:-python3}" -m venv "$folder"
  # setuptools: the package is published as source alone, and is built without isolation to need nothing else.
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "setuptools<81" wheel
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-build-isolation --constraint constraints.txt \
    vocabtrimmer==0.0.2 transformers==4.46.3 tokenizers==0.20.3 torch safetensors sentencepiece protobuf \
    datasets==3.1.0 "huggingface_hub<0.27" pandas
  touch "$folder/.complete"
fi
echo "$folder/bin/python"
