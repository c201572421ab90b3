# Nothing but Python 3.11 and make is needed: every target sets up what it uses.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# Live tests share one server and run in one process; the rest take every core.
OWN_TESTS := $(BIN)/python -m pytest -m "not live and not prove" --numprocesses auto --dist worksteal

.PHONY: help install demo serve lint test check prove bench eval format docs lock

help: ## this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)$$/make \1\t\2/p' Makefile | expand -t 16

install: $(READY) ## the environment in .venv, from the hashed lock (nothing to do when neither lock nor pyproject changed)

$(VENV)/uv-ready: requirements-uv.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.lock
	touch $@

$(READY): $(VENV)/uv-ready requirements.lock pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-uv.lock -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

demo: install ## the brief's study becomes a Claim: starts the service, posts, prints, serves on (ONCE=1 ends after printing)
	$(BIN)/python examples/demo.py $(if $(ONCE),--once)

serve: install ## the service on 127.0.0.1 until interrupted, with the practice of VFA_PRACTICE or of the examples
	$(BIN)/vfa-claims serve --practice $(or $(VFA_PRACTICE),examples/practice.yaml)

test: install ## every test; live ones without their server are skipped by name, with CI=true they fail
	$(OWN_TESTS)
	$(BIN)/python -m pytest -m "live and not prove"

check: lint ## lint, and every test that needs no other program
	$(OWN_TESTS)

lint: install ## format, lint, types, import rules, mappings, generated pages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vfa-claims rules check
	$(BIN)/vfa-claims rules docs --check docs

prove: install ## the long tier: thousands of spoilt Bundles, every single deletion; SECONDS=300 ends it after that long
	$(BIN)/python -m tests.mappings.walk_rows
	HYPOTHESIS_PROFILE=prove $(BIN)/python -m pytest tests/properties tests/prose tests/store/test_rule_files_spoiled.py -m "not live" -o timeout=3600 \
	  $(if $(SECONDS),--session-timeout=$(SECONDS))

bench: install ## what a derivation costs, as ratios beside aims and the committed baseline (KEEP=1 writes a new one)
	$(BIN)/python -m tests.bench $(if $(KEEP),--keep)

format: install ## the Python code in its one form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

eval: install ## how well reports in prose are read, against the annotated reports of tests/reports
	$(BIN)/python -m tests.reports.evaluate

docs: install ## the pages and FHIR resources that are generated from the mappings
	$(BIN)/python -m tests.mappings.cases_of_rows docs/rules/cases.json
	$(BIN)/vfa-claims rules docs docs

lock: $(VENV)/uv-ready ## pin the dependencies of pyproject.toml again (hashes, no addresses)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --python-version 3.11 --group dev pyproject.toml --output-file requirements.lock
