# The everyday commands. Works with GNU make 3.81 (macOS) and later.
.DEFAULT_GOAL := help
.PHONY: help run quick install test lint format bench images figures clean

PYTHON ?= python3
BIN := .venv/bin
# One stamp for each requirements*.txt that is installed.
GENERATOR := .venv/.requirements
DEMO := .venv/.requirements-demo
DEV := .venv/.requirements-dev

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /|/' | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'

run: $(DEMO) ## the dashboards on your database (PG* set) or on a demo; DOWNLOAD=yes or DOCKER=yes bring Grafana
	@$(BIN)/python generate.py run

install: $(GENERATOR) ## what production needs, into .venv: the generator without the demo's server

# A worker that dies ends the run: xdist would wait without end for what is left of its file.
PYTEST := $(BIN)/python -m pytest --dist loadfile --max-worker-restart 0

quick: $(DEV) ## between two edits: the unit and database tests but the slow ones, in about a minute
	$(PYTEST) -q --quick -n 2 tests/unit tests/database $(ARGS)

test: $(DEV) ## every test that this machine can run; the last lines say what it could not
	$(PYTEST) -n 3 --no-loadscope-reorder $(ARGS)

lint: $(DEV) ## style and types; that of the SQL and of the dashboards is among the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEV) ## put the sources into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV) ## how fast, on big tables
	$(BIN)/python -m benchmarks $(ARGS)

images: $(DEV) ## the pictures in docs/images, from a running Grafana and Chromium
	$(BIN)/python -m tests.servers.pictures $(ARGS)

figures: $(DEV) ## the tables and the picture of docs/betting.md, from real prices
	$(BIN)/python -m tests.servers.figures

clean: ## remove what was installed and what the demo stored
	@for data in .demo/*/data; do case "$$(readlink "$$data")" in \
	    /var/lib/oddswatch-*/data) rm -rf "$$(dirname "$$(readlink "$$data")")";; esac; done
	rm -rf .venv .demo .mypy_cache .ruff_cache .pytest_cache

# Installed once, and anew when a pin changes. The stamp is written last: an interrupted installation starts again.
$(GENERATOR) $(DEMO) $(DEV): .venv/.%: %.txt requirements.txt requirements-demo.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or later is needed; set PYTHON=python3.11 (or later)" >&2; exit 1; }
	@test -x $(BIN)/pip || { echo "Making .venv"; $(PYTHON) -m venv .venv; } \
	    || { echo "On Debian: sudo apt-get install python3-venv" >&2; rm -rf .venv; exit 1; }
	@echo "Installing $< into .venv (up to a minute at the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
