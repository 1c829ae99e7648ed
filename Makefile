# Two commands do everything: `make run` and `make test`. Both set up .venv first.
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3,$(shell command -v $(name))))
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
CORPORA ?= ../shared/corpora
INPUTS ?= ../shared/inputs/medline
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test check bench-refresh bench-exports bench-report foreign bench screenshot model fuzz soak audit wheel lock clean

run: $(STAMP)
	$(BIN)/kupffer refresh --corpus corpus --out outputs

test: $(STAMP)
	$(BIN)/python -m pytest -n auto

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Beside other tools, each installed in an environment of its own below build/bench: some 25 minutes on two quiet cores;
# `make bench DOCUMENTS=100 PAPERS=2 OTHERS=30 GROWTH=400 ROUNDS=1` takes two or three.
DOCUMENTS ?= 2000
PAPERS ?= 20
OTHERS ?= 300
GROWTH ?= 20000
ROUNDS ?= 3
SHARED ?= $(CORPORA)/..
bench: $(STAMP)
	$(BIN)/python -m bench.speed --shared $(SHARED) --documents $(DOCUMENTS) --papers $(PAPERS) --others $(OTHERS) \
		--growth $(GROWTH) --rounds $(ROUNDS)

bench-refresh: $(STAMP)
	$(BIN)/python bench/refresh.py --inputs $(INPUTS)

# 100,000 rows of evidence in every format: time and memory; fails from 500 MB on.
bench-exports: $(STAMP)
	rm -rf build/exports
	$(BIN)/python -m tests.export.many all build/exports

# A report of 20,000 rows in Chromium: seconds to its first row, and size; fails from 3 s or 25 MB on.
bench-report: $(STAMP)
	$(BIN)/python -m tests.report.opening

# Exports read back by the libraries they are for, each in an environment of its own, for their pins and ours clash.
foreign: $(STAMP) build/foreign/kgx/.installed build/foreign/indra/.installed
	KGX_PYTHON=build/foreign/kgx/bin/python INDRA_PYTHON=build/foreign/indra/bin/python \
		$(BIN)/python -m pytest -q tests/export tests/report/test_recipes.py -k "real or networkx or indra or kgx_has"

build/foreign/%/.installed: tests/export/foreign/%.txt
	$(PYTHON) -m venv build/foreign/$*
	build/foreign/$*/bin/python -m pip install --quiet -r $<
	touch $@

# The README's picture; it wants chromium (`apt-get install chromium`).
screenshot: $(STAMP)
	mkdir -p build
	$(BIN)/kupffer extract corpus --out build/screenshot > build/screenshot.txt
	$(BIN)/python -m tests.report.screenshot build/screenshot pipeline/report/screenshot.png

model: $(STAMP)
	$(BIN)/python -m flows.train --corpora $(CORPORA)

# Hostile input: COUNT inputs, or as many as SECONDS allow; what is found goes to build/fuzz.
COUNT ?= 100000
SECONDS ?= inf
SEED ?= 0
fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz --count $(COUNT) --seconds $(SECONDS) --seed $(SEED) --real $(CORPORA)/../inputs

# Many documents in one process: neither memory nor time a document may grow.
LIMIT ?= 1000000
soak: $(STAMP)
	$(BIN)/python -m tests.soak --corpora $(CORPORA) --limit $(LIMIT)

# Fails where the advisory service did not answer: what was not looked up is not clean.
audit: build/audit/.installed
	build/audit/bin/python -m tests.supply.audit --lock requirements.lock

build/audit/.installed:
	$(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip install --quiet "pip-audit>=2.10"
	touch $@

# The same bytes from the same commit, wherever it is built.
wheel: $(STAMP)
	$(BIN)/python -m tests.supply.wheel --out dist

# The lock names one set of versions that work together; the stamp makes it installed once.
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $(STAMP)

lock:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --all-extras --no-annotate pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info
