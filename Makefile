# Everything runs from a checkout with Python 3.11+; nothing needs root.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Where it is set, as in many containers, each start of a command compiles all modules once more.
unexport PYTHONDONTWRITEBYTECODE
export FLOORWATCH_DATA ?= $(abspath ../shared/data)
.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(READY) ## Build .venv with everything pinned

$(READY): pyproject.toml requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: $(PYTHON) is older than 3.11"; echo "hint: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

.PHONY: demo
demo: $(READY) ## Watch a simulated center live (FOR=20 ends after 20 s)
	$(BIN)/floorwatch demo $(if $(FOR),--for $(FOR)) $(ARGS)

.PHONY: demo-alerts
demo-alerts: $(READY) ## The same with Prometheus and Alertmanager, so that the page shows what fires
	$(BIN)/floorwatch demo --alerts $(if $(FOR),--for $(FOR)) $(ARGS)

.PHONY: test
test: kernels ## Run every test that this machine can run
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder $(ARGS)

.PHONY: kernels
kernels: $(READY) ## Compile the kernels, where that has not been done
	$(BIN)/python -m streams.warm

.PHONY: properties
properties: ## Try the properties on ten times as many examples as the tests do
	EFFORT=10 $(MAKE) test ARGS="$$(grep -l hypothesis tests/test_*.py | tr '\n' ' ')"

.PHONY: check
check: format-check lint typecheck generate-check ## What CI checks before the tests

.PHONY: format
format: $(READY) ## Format the code
	$(BIN)/ruff format .

.PHONY: format-check
format-check: $(READY)
	$(BIN)/ruff format --check .

.PHONY: lint
lint: $(READY) ## Lint the code
	$(BIN)/ruff check .

.PHONY: typecheck
typecheck: $(READY) ## Check types, strictly in schemas and streams
	$(BIN)/mypy

.PHONY: generate
generate: $(READY) ## Write the generated files anew
	$(BIN)/python -m streams.generate

.PHONY: generate-check
generate-check: $(READY)
	$(BIN)/python -m streams.generate --check

.PHONY: rules-test
rules-test: $(READY) ## Write promtool's tests of the rules anew and run them all
	$(BIN)/python -m tests.rules.promtool
	$(BIN)/python -m pytest tests/test_rules.py tests/test_rules_promtool.py tests/test_alertmanager.py tests/test_rules_live.py $(ARGS)

.PHONY: pictures
pictures: $(READY) ## Take the README's pictures of the page anew (needs make tools)
	$(BIN)/python -m tests.pictures

.PHONY: backtest
backtest: $(READY) ## Hold the alerts against ten simulated days they were not tuned on (needs promtool)
	$(BIN)/python -m tests.backtest --kept build/backtest $(ARGS)

.PHONY: tools
tools: prometheus browser validators ## Bring Prometheus, Alertmanager, a browser and validators into build/, without root

.PHONY: prometheus browser validators
prometheus:
	deploy/tools/fetch.sh
browser:
	deploy/tools/browser.sh
validators:
	test -x build/validators/bin/hadolint || $(PYTHON) -m venv build/validators
	build/validators/bin/python -m pip install --quiet --disable-pip-version-check --requirement deploy/tools/validators.txt

.PHONY: kafka
kafka: $(READY) ## Run a Kafka broker on this machine's JDK (PORT=9092)
	@PORT=$(PORT) exec $(BIN)/python -m deploy.kafka.broker

.PHONY: kafka-jars
kafka-jars: $(READY) ## Fetch what that broker is made of, with Maven
	@$(BIN)/python -m deploy.kafka.classes

.PHONY: bench
bench: $(READY) ## Measure the ratios the project promises, side by side
	$(BIN)/python -m tests.bench $(ARGS)

.PHONY: bench-kafka
bench-kafka: $(READY) ## Measure the worker on a broker of its own, some ten minutes
	$(BIN)/python -m tests.bench kafka

.PHONY: chaos
chaos: $(READY) ## What must hold, at full size: kills of everything, 100,000 bad lines, the bank on 1, 4, 12 partitions
	CHAOS=full $(BIN)/python -m pytest -s tests/chaos tests/test_kafka_bank.py tests/test_bad_input.py $(ARGS)

.PHONY: clean
clean: ## Remove what was built
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
