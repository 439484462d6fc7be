#!/usr/bin/env bash
# Prints the folder of ONNX's operator models, each with inputs and expected outputs: the machine's own, else Debian's
# package unpacked into the user's cache, which needs no rights and changes nothing on the system.
set -euo pipefail

data=/usr/share/libonnx-testdata/data
cache="${XDG_CACHE_HOME:-$HOME/.cache}/modelgate/onnx-testdata"
if [ -d "$data/node" ]; then
  echo "$data"
  exit 0
fi
if [ ! -d "$cache$data/node" ]; then
  echo "fetching Debian's libonnx-testdata package (6 MB, about 30 MB unpacked)" >&2
  mkdir -p "$cache"
  fetch() { (cd "$cache" && apt-get download -qq libonnx-testdata >&2); }
  # A fresh image has no package lists; only root can fetch them.
  ls "$cache"/libonnx-testdata_*.deb >/dev/null 2>&1 || fetch || { [ "$(id -u)" = 0 ] && apt-get update -qq >&2 && fetch; }
  for package in "$cache"/libonnx-testdata_*.deb; do
    dpkg-deb -x "$package" "$cache" && rm "$package"
  done
fi
echo "$cache$data"
