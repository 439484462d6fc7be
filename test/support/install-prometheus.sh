#!/usr/bin/env bash
# Prints the folder of a `prometheus` binary for the tests: the machine's own, else Debian's package unpacked into the
# user's cache, which needs no rights and changes nothing on the system. Prints nothing where neither can be had; the
# tests that need it then say so.
set -euo pipefail

if found=$(command -v prometheus); then
  dirname "$found"
  exit 0
fi
cache="${XDG_CACHE_HOME:-$HOME/.cache}/modelgate/prometheus"
binary="$cache/usr/bin/prometheus"
if [ ! -x "$binary" ]; then
  echo "fetching Debian's prometheus package for the tests (about 100 MB unpacked)" >&2
  "$(dirname "$0")/unpack-debian-package.sh" prometheus "$cache"
fi
if [ -x "$binary" ]; then
  dirname "$binary"
else
  echo "SKIPPED: tests against a real Prometheus (no 'prometheus' on this machine, and its package cannot be had)" >&2
fi
