#!/usr/bin/env bash
# fuzz/run.sh [INPUTS PER CORE TARGET] [INPUTS PER READER]: builds all fuzz targets and runs each for a fixed number of inputs
# (those that are slow for a tenth of it). Stops at the first finding and names the input that shows it. The next run goes on
# with the corpora in build/fuzz/corpus.
#   TARGETS="splitter readers/gguf"   only these
#   CXX, PYTHON                       the clang++ and the python3 to use
#   TIMEOUT=3600                      the seconds after which one input is a finding, 10 where it is not given
#   SEED=1                            the same inputs every time
set -euo pipefail
cd "$(dirname "$0")/.."
core_runs=${1:-200000}
reader_runs=${2:-200000}
# They compile a pattern, build a tokenizer, or take thousands of words or symbols for every input.
slow="splitter pipeline word_cache long_bpe"
build=$PWD/build/fuzz
compiler=${CXX:-clang++-19}
python=${PYTHON:-python3}

core=()
for source in fuzz/core/*.cpp; do core+=("$(basename "$source" .cpp)"); done
readers=()
for source in fuzz/readers/*.py; do
  if grep -q __main__ "$source"; then readers+=("readers/$(basename "$source" .py)"); fi
done
read -r -a targets <<<"${TARGETS:-${core[*]} ${readers[*]}}"

mkdir -p "$build"

# fuzz NAME LONGEST COMMAND...: runs a target over its corpus.
fuzz() {
  local name=$1 longest=$2
  shift 2
  mkdir -p "$build/corpus/$name" "$build/findings"
  local log=$build/${name//\//-}.log
  echo "$name"
  if ! "$@" -max_len="$longest" -rss_limit_mb=2048 -timeout="${TIMEOUT:-10}" -seed="${SEED:-0}" -len_control=0 \
      -artifact_prefix="$build/findings/${name//\//-}-" "$build/corpus/$name" >"$log" 2>&1; then
    grep -E 'does not hold|ERROR|runtime error|Uncaught|Error:' "$log" | head -n 5 >&2 || true
    echo "the input: $(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1), all of it: $log" >&2
    exit 1
  fi
}

# Where the python has no atheris, or has the package from a checkout, of whose modules atheris sees no coverage, an environment
# of its own gets both, the package as it is now.
installed='import atheris, polyvocab; raise SystemExit("site-packages" not in polyvocab.__file__)'
if [[ " ${targets[*]}" == *" readers/"* ]] && ! "$python" -c "$installed" 2>/dev/null; then
  [ -e "$build/venv" ] || "$python" -m venv "$build/venv"
  python=$build/venv/bin/python
  "$python" -m pip install --quiet --constraint constraints.txt atheris .
fi

if [[ " ${targets[*]} " =~ \ [a-z_]+\  ]]; then
  cmake -S fuzz -B "$build" -DCMAKE_CXX_COMPILER="$compiler" >"$build/build.log"
fi
for target in "${targets[@]}"; do
  if [[ $target == readers/* ]]; then
    fuzz "$target" 8192 "$python" "fuzz/$target.py" -runs="$reader_runs"
  else
    cmake --build "$build" --target "fuzz_$target" >>"$build/build.log"
    runs=$core_runs
    if [[ " $slow " == *" $target "* ]]; then runs=$((core_runs / 10)); fi
    fuzz "$target" 512 "$build/fuzz_$target" -runs="$runs"
  fi
done
