# `make run` and `make test` need Python 3.11 or newer; `make help` lists the rest.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
# What make says to itself is nothing for the programs it starts.
RUN := env -u MAKEFLAGS -u MAKELEVEL -u MAKEOVERRIDES -u MFLAGS $(VENV)/bin/python
PIP := $(RUN) -m pip install -qq --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test faults soak bench lint clean

help: ## show this
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 8

run: $(VENV)/run.stamp ## start the server; HOST, PORT, WORKERS, DATABASE_URL, REDIS_URL, DATA_DIR change how
	@exec $(RUN) manage.py serve

test: $(VENV)/test.stamp ## run all tests, or some in seconds: make test ARGS="rooms -k join"
	@$(RUN) scripts/run_tests.py $(ARGS)

faults: $(VENV)/test.stamp ## break processes, links, Redis and PostgreSQL, and check that nothing is lost
	@$(RUN) scripts/bring_tools.py postgres redis nginx
	@$(RUN) scripts/run_faults.py $(ARGS)

soak: $(VENV)/test.stamp ## ten minutes of churn; everything has to end where it began
	@$(RUN) scripts/bring_tools.py postgres redis
	@SOAK_SECONDS=$${SOAK_SECONDS:-600} $(RUN) -m pytest mindnet/tests/faults/test_soak.py -m faults $(ARGS)

bench: $(VENV)/bench.stamp ## measure speed beside others, all or some: make bench ARGS="--quick", ARGS="fanout --help"
	@$(RUN) scripts/bring_tools.py postgres redis node
	@$(RUN) -m benchmarks $(or $(ARGS),all --output var/bench/report)

lint: $(VENV)/test.stamp ## check the style, the layout of the code, who imports whom, and types
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) $(VENV)/bin/lint-imports --no-logo --no-cache
	@$(RUN) -m mypy
	@$(RUN) scripts/bring_tools.py node typescript
	@$(RUN) -m pytest -q mindnet/tests/js/test_types.py

clean: ## remove what was installed for tests and running, but no data
	rm -rf $(VENV) .test-tools .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis

$(VENV)/bin/pip:
	@test -n "$(PYTHON)" || { echo "mindnet needs Python 3.11 or newer, and found none." \
		"Say where one is: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mindnet needs Python 3.11 or newer, and %s is %s." \
		% (sys.executable, sys.version.split()[0]))'
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV)

# A stamp is as new as the installation: nothing is installed until the list changes.
$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/pip
	@echo "Installing requirements.txt"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements-dev.txt requirements.txt | $(VENV)/bin/pip
	@echo "Installing requirements-dev.txt"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp

$(VENV)/bench.stamp: benchmarks/requirements.txt $(VENV)/test.stamp
	@echo "Installing benchmarks/requirements.txt"
	@$(PIP) -r benchmarks/requirements.txt
	@touch $@
