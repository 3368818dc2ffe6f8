# Linli: everything starts here. `make` alone lists the commands.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
  "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && command -v "$$each" && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
BENCH := .venv-bench
# uv and node bring certificates of their own; a network that looks into TLS is known to the machine's store only.
STORE := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem))
ifneq ($(STORE),)
export UV_SYSTEM_CERTS ?= true
export NODE_EXTRA_CA_CERTS ?= $(STORE)
endif
HOST ?= 127.0.0.1
PORT ?=
export PATH := $(CURDIR)/$(BIN):$(PATH)

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: setup ## set everything up and serve the demo district on a free local port (PORT=, HOST=)
	@$(BIN)/linli demo serve --host "$(HOST)" $(if $(PORT),--port "$(PORT)")

test: setup ## install what tests need, then run them on SQLite and on PostgreSQL
	@$(BIN)/python tests/run.py

check: setup ## lint, types, import contracts, drift, then the tests
	@$(BIN)/python tests/check.py

bench: setup $(BENCH)/stamp ## measure what Linli promises, beside its peers, with ratios
	@$(BENCH)/bin/python -m bench

docs: setup ## write the generated reference again
	@$(BIN)/linli docs

lock: ## choose package versions again
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q \
	  --extra dev --extra notify pyproject.toml -o requirements/dev.txt
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q \
	  --extra notify --extra s3 pyproject.toml -o requirements/run.txt
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q \
	  --extra dev --extra notify --extra bench pyproject.toml -o requirements/bench.txt

# The peers live in an environment of their own: nothing that Linli needs to run may come from there.
$(BENCH)/stamp: requirements/bench.txt $(STAMPS)/python
	@echo "Packages of the peers (locked)"
	@$(BIN)/uv venv -q --allow-existing --python $(BIN)/python $(BENCH)
	@$(BIN)/uv pip sync -q --require-hashes --python $(BENCH)/bin/python requirements/bench.txt
	@$(BIN)/uv pip install -q --python $(BENCH)/bin/python --no-deps --no-build-isolation -e .
	@touch $@

setup: $(STAMPS)/python $(STAMPS)/front $(STAMPS)/texts ## virtual environment, packages, front end, texts

$(VENV)/bin/uv:
	@echo "[1/5] Python environment ($(PYTHON))"
	@test -n "$(PYTHON)" || { echo "Linli needs Python 3.11 or newer: install it and run make again." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Linli needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@env PATH="$$(echo "$$PATH" | sed 's#^[^:]*:##')" $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==0.13.9

$(STAMPS)/python: requirements/dev.txt pyproject.toml | $(VENV)/bin/uv
	@echo "[2/5] Python packages (locked)"
	@$(BIN)/uv pip sync -q --require-hashes --python $(BIN)/python requirements/dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/node: frontend/package-lock.json $(STAMPS)/python
	@echo "[3/5] Front-end packages (locked)"
	@cd frontend && npm ci --no-audit --no-fund --silent
	@mkdir -p $(STAMPS) && touch $@

# Templates too: the build draws only the icons that they and the menus name.
$(STAMPS)/front: $(STAMPS)/node $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null) $(shell find linli -name '*.html' -o -name apps.py)
	@echo "[4/5] Front end"
	@cd frontend && npm run --silent build
	@touch $@

$(STAMPS)/texts: $(STAMPS)/python $(shell find linli -name '*.po' 2>/dev/null)
	@echo "[5/5] Texts"
	@$(BIN)/linli texts --compile-only
	@touch $@

clean: ## remove the environment, the build and the demo data
	@rm -rf $(VENV) $(BENCH) frontend/node_modules linli/static/dist var

.PHONY: help demo test check bench docs lock setup clean
