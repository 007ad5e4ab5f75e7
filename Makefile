# The two commands of a newcomer, and those of a developer. Everything happens in .venv.
#   make quickstart   environment, build, and the main job on the embedded sample
#   make test         environment, build, and all tests

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.polyvocab-installed
SOURCES := pyproject.toml CMakeLists.txt constraints.txt $(shell find csrc python -type f \( -name '*.py' -o -name '*.pyi' \
  -o -name '*.cpp' -o -name '*.h' -o -name '*.cu' -o -name 'CMakeLists.txt' \) 2>/dev/null)
SAMPLE := tests/data/sample

.PHONY: test quickstart install stubs clean

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP): $(VENV)/bin/python $(SOURCES)
	$(PY) -m pip install --quiet --constraint constraints.txt '.[all,test]' $(PIP_ARGS)
	touch $@

install: $(STAMP)

test: $(STAMP)
	$(PY) -m pytest --numprocesses 2 --dist loadscope $(PYTEST_ARGS)

quickstart: $(STAMP)
	rm -rf quickstart quickstart.work
	$(VENV)/bin/polyvocab adapt $(SAMPLE)/model --corpus $(SAMPLE)/text/swh_Latn.train.txt \
	  --eval target=$(SAMPLE)/text/swh_Latn.heldout.txt --vocab-size 4000 --method focus --compare subword_mean,random \
	  --steps 250 --batch 16 --block 128 --eval-spans 300 --context-bytes 512 --out quickstart

stubs: $(STAMP)
	rm -rf build/stubs
	$(PY) -m pybind11_stubgen polyvocab._core -o build/stubs
	rm -rf python/polyvocab/_core && cp -r build/stubs/polyvocab/_core python/polyvocab/_core

clean:
	rm -rf $(VENV) build quickstart quickstart.work
