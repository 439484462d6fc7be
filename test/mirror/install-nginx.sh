#!/usr/bin/env bash
# Prints the path of an `nginx` binary: the machine's own, else Debian's package unpacked into the user's cache, which
# needs no rights and changes nothing on the system. Prints nothing where neither can be had.
set -euo pipefail

# An ordinary user's PATH lacks /usr/sbin, where the package puts it.
if found=$(PATH="$PATH:/usr/sbin" command -v nginx); then
  echo "$found"
  exit 0
fi
cache="${XDG_CACHE_HOME:-$HOME/.cache}/modelgate/nginx"
binary="$cache/usr/sbin/nginx"
if [ ! -x "$binary" ] && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
  echo "fetching Debian's nginx package (about 1 MB unpacked)" >&2
  mkdir -p "$cache"
  fetch() { (cd "$cache" && apt-get download -qq nginx >&2); }
  # A fresh image has no package lists; only root can fetch them.
  { fetch || { [ "$(id -u)" = 0 ] && apt-get update -qq >&2 && fetch; }; } || true
  for package in "$cache"/nginx_*.deb; do
    [ -f "$package" ] && dpkg-deb -x "$package" "$cache" && rm "$package"
  done
fi
# A library that it needs may be missing.
if [ -x "$binary" ] && "$binary" -v 2>/dev/null; then echo "$binary"; fi
