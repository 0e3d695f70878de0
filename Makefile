# Commands for developers. PORT=8001 make run · make test ARGS="-k rooms" · make requirements ARGS=--upgrade
VENV := .venv
BIN  := $(VENV)/bin
PEERS := .venv-bench
# Checks use the settings of the tests, which need no .env (tests/settings.py).
MANAGE := DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py

.DEFAULT_GOAL := help
.PHONY: help run install check lint types layers checks migrations templates docker-check fix test test-quick test-slow faults chaos soak bench bench-quick bench-peers requirements pictures vendor messages clean

help:  ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{ printf "  make %-13s %s\n", $$1, $$2 }'

run: $(VENV)/.runtime  ## Serve the site at http://127.0.0.1:8000, on SQLite, with all its data in data/
	@exec scripts/run.sh $(BIN)/python

install: $(VENV)/.dev  ## Make .venv with all development requirements

check: lint types layers checks migrations templates docker-check  ## All checks below

lint: install  ## Ruff (rules and formatting), shellcheck
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/shellcheck scripts/*.sh .ci/run
types: install  ## mypy
	$(BIN)/mypy
layers: install  ## Check imports between layers (import-linter)
	$(BIN)/lint-imports --no-logo
checks: install  ## Django's system checks
	$(MANAGE) check --fail-level WARNING
migrations: install  ## Check for missing migrations
	$(MANAGE) makemigrations --check --dry-run
templates: install  ## djLint (rules and formatting)
	$(BIN)/djlint --lint --check templates examples
docker-check: install  ## Dockerfile and docker-compose.yml, without an engine
	$(BIN)/hadolint Dockerfile
	$(BIN)/python scripts/check_compose.py docker-compose.yml

fix: install  ## Fix what ruff and djLint can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/djlint --quiet --reformat templates examples

# Two files at a time, in the order of tests/support/long_first.py
PARALLEL := --numprocesses=2 --dist=loadfile --no-loadscope-reorder
test: install  ## Run the tests; first, on Debian, install the servers that they need
	@scripts/test-servers.sh
	@scripts/test-clients.sh
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

# Folders whose tests start servers, browsers or other programs. CI runs the others first.
SLOW := bench clients conformance e2e examples integration room_page sdk server support ui
test-quick: install  ## Tests that run in process, which find most mistakes
	@scripts/test-servers.sh
	$(BIN)/python -m pytest $(PARALLEL) $(SLOW:%=--ignore=tests/%)
test-slow: install  ## All other tests
	@scripts/test-servers.sh
	@scripts/test-clients.sh
	$(BIN)/python -m pytest $(PARALLEL) $(SLOW:%=tests/%)

faults: install  ## The short fault-injection tests, in four minutes; CI runs them
	@scripts/test-servers.sh
	$(BIN)/python -m pytest $(PARALLEL) -o faulthandler_timeout=300 \
		tests/faults/play.py tests/faults/play_soak.py

chaos: install  ## The long fault-injection tests, half an hour; ARGS="--short Redis" for some
	@scripts/test-servers.sh
	PYTHONPATH=.:clients/python/src $(BIN)/python -m tests.faults $(ARGS)

soak: install  ## Replace clients for 20 minutes and check for leaks; ARGS=--short for 3 minutes
	@scripts/test-servers.sh
	PYTHONPATH=.:clients/python/src $(BIN)/python -m tests.faults.soak $(ARGS)

bench: bench-peers  ## Measure wschat and its peers, for docs/performance.md; ARGS="--dry delay" for one
	@BENCH_PYTHON=$(PEERS)/bin/python $(BIN)/python -m bench $(ARGS)
bench-quick: bench-peers  ## The first three goals, in two minutes; writes nothing
	@BENCH_PYTHON=$(PEERS)/bin/python $(BIN)/python -m bench --quick $(ARGS)
bench-peers: install
	@scripts/test-servers.sh
	@scripts/bench-peers.sh $(PEERS)

requirements: install  ## Compile requirements*.in to requirements*.txt
	scripts/requirements.sh $(BIN)/uv $(ARGS)

pictures: install  ## Take pictures of the web UI, all or ARGS="pinned search"; ARGS=--docs for those of the docs
	@scripts/test-servers.sh
	@PYTHONPATH=.:clients/python/src $(BIN)/python scripts/pictures.py $(ARGS)

vendor:  ## Copy the libraries of scripts/vendor/package.json to static/vendor
	scripts/vendor.sh

messages: install  ## Collect the texts to translate into locale/, and compile the translations (needs gettext)
	@scripts/messages.sh $(BIN)/python

clean:  ## Remove .venv and caches; data/ stays
	rm -rf $(VENV) $(PEERS) bench/peers/node_modules scripts/vendor/node_modules tests/conformance/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .test-data
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# The environment: made once, and updated when a requirements file is newer than its stamp.
$(BIN)/python:
	@scripts/venv.sh $(VENV)
$(VENV)/.runtime: requirements.txt $(BIN)/python
	@echo "Installing requirements.txt ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing requirements-dev.txt ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
