# `make` lists what there is.  Everything else that a person may want is a command: `.venv/bin/baseregistry --help`.
RUN := .venv/bin/python -m
DEVELOP := @.ci/prepare requirements-dev.lock

.PHONY: help demo test test-clients check soak bench generated format frontend lock clean

help: ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## Make all there is to make, load the sample province, serve it (PORT=, PEOPLE=)
	@.ci/prepare requirements.lock
	@$(RUN) baseregistry demo $(if $(PEOPLE),--people $(PEOPLE))

test: ## Run all tests, with coverage (ARGS= for pytest)
	$(DEVELOP)
	@.ci/clients npm
	@$(RUN) pytest -n auto --dist worksteal --cov --cov-report=term $(ARGS)

test-clients: ## Ask the service with the clients of others: urql, Apollo, Relay, gql, ... (ARGS= for pytest)
	$(DEVELOP)
	@.ci/clients npm python
	@$(RUN) pytest tests/clients -m clients $(ARGS)

check: ## Style, types, arrows between modules, migrations, generated files
	$(DEVELOP)
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	.venv/bin/lint-imports --no-logo
	$(RUN) baseregistry migrate --check
	$(RUN) baseregistry generate --check

soak: ## Random histories, documents and values against the models, for long (EXAMPLES=5000, FUZZ=300, TRIPLES=10000)
	$(DEVELOP)
	@HYPOTHESIS_PROFILE=soak HYPOTHESIS_EXAMPLES=$(or $(EXAMPLES),5000) $(RUN) pytest tests/registries/ledger --hypothesis-show-statistics $(ARGS)
	@FUZZ_EXAMPLES=$(or $(FUZZ),300) $(RUN) pytest tests/graphql/test_reference.py tests/graphql/test_variables.py $(ARGS)
	@DIFFERENTIAL=$(or $(TRIPLES),10000) $(RUN) pytest tests/access/test_differential.py -s $(ARGS)

bench: ## Measure side by side, and print the table (ARGS= for the bench)
	$(DEVELOP)
	@$(RUN) bench $(ARGS)

generated: ## Write the committed files that come from the declarations
	$(DEVELOP)
	$(RUN) baseregistry generate

format: ## Put the code into its one layout
	$(DEVELOP)
	$(RUN) ruff check --fix
	$(RUN) ruff format

frontend: ## Fetch the files of the pages from npm packages
	npm ci --ignore-scripts --no-update-notifier --no-audit --no-fund --loglevel=error
	npm run --silent assets

lock: ## Write the locks anew from pyproject.toml (ARGS=--upgrade)
	$(DEVELOP)
	.ci/lock $(ARGS)

clean: ## Remove what was made here; the data folder stays
	rm -rf .venv .venv-clients build node_modules tests/clients/node_modules *.egg-info .coverage* .mypy_cache .ruff_cache .import_linter_cache .hypothesis
