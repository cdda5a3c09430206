# Everything that one does with this code. Each target first makes or refreshes .venv (bin/setup).
.PHONY: help setup demo serve test gates lock bench-pages bench-mail show-webhooks prove-standing messages
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python

help:            ## What there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 16

setup:           ## Make or refresh .venv and the compiled translations
	@bin/setup

demo: setup      ## The demo market, from nothing, on http://127.0.0.1:8000
	@$(PYTHON) manage.py demo

serve: setup     ## The web server on what the environment names; no demo data
	@$(PYTHON) manage.py serve

test: setup      ## The gates and the whole suite; on PostgreSQL with DATABASE_URL=postgres://…
	@bin/gates
	@chromium="$$(bin/find-chromium)" && CHROMIUM="$$chromium" $(PYTHON) -m pytest $(ARGS)

gates: setup     ## Lint, format, types, the import contract
	@bin/gates

lock: setup      ## Compile requirements.lock anew from pyproject.toml
	@.venv/bin/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" -o requirements.lock -q

bench-pages: setup ## What the pages cost, as ratios to references of the same run
	@$(PYTHON) -m tests.bench.pages

bench-mail: setup ## Letters through two workers, one of them killed, by a mail server that fails in every way
	@$(PYTHON) -m tests.bench.mail

show-webhooks: setup ## Webhooks against a receiver that fails in each way: deliveries, tries, order, signatures
	@$(PYTHON) -m tests.bench.webhooks

prove-standing: setup ## A seller's ledger through 10,000 sequences of acts for each property
	@STANDING_EXAMPLES=10000 $(PYTHON) -m pytest tests/compliance/test_rules_sequences.py $(ARGS)

messages: setup  ## Bring locale/*/LC_MESSAGES/django.po in line with the texts of code and templates
	@$(PYTHON) bin/messages
	@bin/setup
