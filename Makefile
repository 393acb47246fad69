.DEFAULT_GOAL := help
.PHONY: help setup infra run demo test lint audit unit prove mutants bench soak words gallery screenshots format
PYTHON := .venv/bin/python

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: ## prepare everything (needs Python 3.13 and Node 20+), start nothing
	@sh dev/setup.sh

infra: setup ## prepare what the checks of infra/ need (0.4 GB, half a minute, once)
	@sh dev/setup.sh infra

run: setup ## the local stack with a small company; Ctrl-C ends it
	@exec $(PYTHON) -m dev serve

demo: setup ## the whole journey by itself
	@$(PYTHON) -m dev demo

test: lint infra ## everything that must pass
	$(PYTHON) -m pytest -n 2 --dist loadscope --no-loadscope-reorder

unit: setup ## the quick tests: the domain and the use cases, in memory
	$(PYTHON) -m pytest tests/domain tests/sync tests/identity tests/email --ignore=tests/sync/proof

prove: setup ## random histories nobody has seen, for PROVE_MINUTES (30)
	@$(PYTHON) -m tests.sync.proof

mutants: setup ## deliberate mistakes in a copy of the project, each to be caught by the proofs (half an hour)
	@$(PYTHON) -m tests.sync.proof.mutants

bench: setup ## every figure of docs/performance.md with its target (BENCH_ONLY=webhook,memory: some of them)
	@$(PYTHON) -m tests.benchmarks

soak: setup ## 200 connections, people at work on both sides, faults, for SOAK_MINUTES (10)
	@$(PYTHON) -m tests.benchmarks.soak

words: setup ## bring the translations up to date, and name what is missing
	@$(PYTHON) -m dev.words

gallery: setup ## every e-mail in every language, as files in .local/mails
	@$(PYTHON) -m dev gallery

screenshots: setup ## every page on phone and desk, by day and night, in every language, in .local/screenshots
	@$(PYTHON) -m dev.screenshots

lint: setup ## style and types
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m bandit --quiet --configfile pyproject.toml --recursive function_app.py functions shared ops

audit: setup ## known vulnerabilities of everything that is installed (needs a network)
	@$(PYTHON) -m dev.audit

format: setup ## put the style right
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .
