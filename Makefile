# One menu: `make` lists it. CI runs the same recipes that a person runs.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PACKAGES := registry/cutover_registry migrate/cutover_migrate parity_tests/cutover_parity telemetry/cutover_telemetry rollout/cutover_rollout scripts/cutover_cli
DEMO_DIR ?= cutover-demo
# One process more than cores: tests wait for servers, clocks and other processes for half of their time.
WORKERS ?= $(shell echo $$(( $$(nproc 2>/dev/null || echo 2) + 1 )))
PYTEST_FLAGS ?= -n $(WORKERS) --dist loadfile

.DEFAULT_GOAL := menu
.PHONY: menu setup demo test coverage test-examples test-system check format bench ecosystem fuzz soak lock clean

menu:  ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "provider-cutover needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Set PYTHON=/path/to/python3.11"; exit 2; }
	@echo "setting up $(VENV) from requirements.lock …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --disable-pip-version-check
	@$(BIN)/python -m compileall -q $(PACKAGES)
	@touch $@

setup: $(STAMP)  ## make .venv with the locked versions

demo: $(STAMP)  ## the whole journey on the example gateway, with proof
	$(BIN)/cutover demo --directory $(DEMO_DIR)

test: $(STAMP)  ## every test that the lock file's packages can run
	@echo "left out here: Debian's Prometheus, Chromium, PostgreSQL and Redis (make test-system), the examples' own suites as they stand (make test-examples), public packages (make ecosystem), benchmarks (make bench)"
	$(BIN)/python -m pytest $(PYTEST_FLAGS) -m "not system"

coverage: $(STAMP)  ## branch coverage of the tests, by room
	$(BIN)/python -m pytest $(PYTEST_FLAGS) --cov --cov-report=term

test-examples: $(STAMP)  ## the example gateways' own suites, untouched
	cd examples/legacy_gateway && ../../$(BIN)/python -B -m pytest -q -p no:cacheprovider
	cd examples/relay_desk && ../../$(BIN)/python -B -m pytest -q -p no:cacheprovider

test-system: $(STAMP) test-examples  ## what needs more than the lock file's Python packages, and the examples' suites
	@command -v promtool >/dev/null || echo "no Prometheus here (Debian's package prometheus): its tests will say so and be skipped"
	@command -v chromium >/dev/null || echo "no Chromium here (Debian's package chromium): the dashboard's tests in a browser will say so and be skipped"
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m system telemetry/tests rollout/tests

bench: $(STAMP)  ## ratios against a peer or a limit, in one run
	$(BIN)/python scripts/bench.py
	$(BIN)/python scripts/bench_compare.py
	$(BIN)/python scripts/bench_clock.py
	$(BIN)/python scripts/bench_recorder.py
	$(BIN)/python scripts/bench_telemetry.py
	$(BIN)/python scripts/bench_store.py
	$(BIN)/python scripts/bench_switch.py
	$(BIN)/python scripts/bench_kill.py
	$(BIN)/python scripts/bench_shadow.py
	$(BIN)/python scripts/bench_peers.py --page docs/reference/benchmarks.md
	$(BIN)/python scripts/bench_page.py
	$(BIN)/python scripts/bench_judge.py --frontier --runs 200 --plot docs/images/judge-frontier.svg || true
	$(BIN)/python scripts/bench_judge.py

ecosystem: $(STAMP)  ## scan public packages (downloaded, pinned) and account for every chain
	$(BIN)/python scripts/ecosystem.py --page docs/reference/ecosystem.md

fuzz: $(STAMP)  ## ten thousand random programs, rewritten and run on both sides (about an hour), and the property tests
	CUTOVER_FUZZ=1 $(BIN)/python -m pytest migrate/tests/fuzz -q -n 2 --dist load
	CUTOVER_FUZZ=1000 $(BIN)/python -m pytest migrate/tests/commands/generated migrate/tests/certificate/generated -q -n 2
	CUTOVER_FUZZ=1 $(BIN)/python -m pytest parity_tests/tests/faults/test_equal_arms.py scripts/tests/plant -q -n 2
	CUTOVER_FUZZ_PAIRS=10000 $(BIN)/python -m pytest scripts/tests/cli/test_fuzz.py -q -k pair

soak: $(STAMP)  ## registry, clients and telemetry under load for some minutes: nothing torn, left behind or uncounted
	$(BIN)/python scripts/soak.py
	$(BIN)/python scripts/chaos.py --routes 100000
	$(BIN)/python scripts/bench_shadow.py --routes 100000

check: $(STAMP)  ## lint, types, layers; writes nothing
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary $(PACKAGES)
	$(BIN)/lint-imports
	$(BIN)/python scripts/docs.py --check

format: $(STAMP)  ## rewrite the sources in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:  ## renew requirements.lock (needs uv)
	uv pip compile pyproject.toml --all-extras --group dev --quiet --universal --generate-hashes --no-header --python-version 3.11 --upgrade -o requirements.lock

clean:  ## remove what these recipes made
	rm -rf $(VENV) .bench $(DEMO_DIR) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
