#!/usr/bin/env bash
# Starts the plugin bundle as the Rollouts controller's image would: in a root that holds nothing but the bundle and an
# empty /tmp, read-only, as user 999. Needs root for chroot; prints `ok` and `not ok` lines.
set -uo pipefail
cd "$(dirname "$0")/../.."

make plugin-bundle || exit 1
bundle=dist/plugin/bundle
archive=$(ls dist/plugin/modelgate-plugin-*.tar.gz)
failures=0
check() { # text, condition's exit code
  if [ "$2" -eq 0 ]; then echo "ok $1"; else echo "not ok $1"; failures=$((failures + 1)); fi
}

size=$(stat -c %s "$archive")
[ "$size" -lt 60000000 ]
check "archive is below 60 MB: $size bytes" $?
[ -s "$bundle/LICENSE.node" ] && [ -s "$bundle/LICENSE.packages" ]
check "licences travel with it" $?

root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/plugins" "$root/tmp"
tar -xzf "$archive" -C "$root/plugins"
loader=$(basename "$root"/plugins/ld-linux-*)

# The mounts live in a namespace of their own and go with it.
in_empty_root() { # seconds, cookie
  ARGO_ROLLOUTS_RPC_PLUGIN=$2 timeout "$1" unshare -m sh -c '
    mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && mount -t tmpfs -o mode=1777 tmpfs "$0/tmp" &&
    exec chroot --userspec=999:999 "$0" "/plugins/$1" --library-path /plugins/lib /plugins/node /plugins/modelgate.cjs
  ' "$root" "$loader"
}

for cookie in metricprovider step; do
  line=$(in_empty_root 10 "$cookie" 2>"$root/stderr" </dev/null | head -n 1)
  [[ $line =~ ^1\|1\|unix\|/tmp/.+\|netrpc\|$ ]]
  check "$cookie shakes hands in an empty root: $line" $?
done

in_empty_root 10 "" >"$root/stdout" 2>"$root/stderr" </dev/null
code=$?
[ "$code" -eq 1 ] && grep -q ARGO_ROLLOUTS_RPC_PLUGIN "$root/stderr"
check "without its cookie it ends with 1 and says why (ended with $code)" $?

exit "$failures"
