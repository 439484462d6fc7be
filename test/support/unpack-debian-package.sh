#!/usr/bin/env bash
# Unpacks a package of Debian's into a folder, which needs no rights and changes nothing on the system. Leaves the folder empty
# where the package cannot be had.
#
#   unpack-debian-package.sh PACKAGE FOLDER
set -euo pipefail
package=$1 folder=$2
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 0
mkdir -p "$folder"
fetch() { (cd "$folder" && apt-get download -qq "$package" >&2); }
# A fresh image has no package lists; only root can fetch them.
{ fetch || { [ "$(id -u)" = 0 ] && apt-get update -qq >&2 && fetch; }; } || true
for archive in "$folder/$package"_*.deb; do
  if [ -f "$archive" ]; then dpkg-deb -x "$archive" "$folder" && rm "$archive"; fi
done
