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
if [ ! -x "$binary" ]; then
  echo "fetching Debian's nginx package (about 1 MB unpacked)" >&2
  "$(dirname "$0")/../support/unpack-debian-package.sh" nginx "$cache"
fi
# A library that it needs may be missing.
if [ -x "$binary" ] && "$binary" -v 2>/dev/null; then echo "$binary"; fi
