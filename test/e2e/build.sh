#!/usr/bin/env bash
# Builds, once, the programs that the end-to-end suite runs: the Rollouts controller, kubectl and its plugin for Rollouts, a
# Kubernetes API server, and etcd from Debian's package. Keeps them in the user's cache under the hash of their versions and prints
# that folder; progress goes to standard error. Takes about eight minutes on two cores the first time, then nothing.
# Ends with code 3 where Go or etcd cannot be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$PATH:/usr/local/go/bin" GOTOOLCHAIN="${GOTOOLCHAIN:-local}" GOFLAGS=

say() { echo "e2e build: $*" >&2; }
give_up() { say "$*"; exit 3; }

versions=$(sha256sum < "$here/go/go.mod" | cut -c 1-12)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/modelgate/e2e/$versions-$(uname -m)"
mkdir -p "$cache/bin"

# Two suites may start at once: the second waits for the first one's build.
exec 9>"$cache/lock"
flock 9
if [ -e "$cache/complete" ]; then
  echo "$cache"
  exit 0
fi
command -v go >/dev/null || give_up "there is no Go on this machine; needed are $(sed -n 's/^go /Go /p' "$here/go/go.mod") or newer and its module proxy"

show_progress() { # program; reads what `go build -v` prints: a package a line, and errors
  local line count=0
  while IFS= read -r line; do
    case $line in
      'go: downloading '*) ;;
      *' '*) say "$line" ;;
      *) if ((++count % 100 == 0)); then say "$1: $count packages compiled"; fi ;;
    esac
  done
}

build() { # program, package
  [ -x "$cache/bin/$1" ] && return
  local started=$SECONDS total
  total=$(cd "$here/go" && go list -deps "$2" | wc -l)
  say "compiling $1 ($total packages)"
  (cd "$here/go" && go build -v -trimpath -ldflags '-s -w' -o "$cache/bin/$1.part" "$2" 2>&1) | show_progress "$1"
  mv "$cache/bin/$1.part" "$cache/bin/$1"
  say "$1 is built after $((SECONDS - started)) s, $(du -m "$cache/bin/$1" | cut -f 1) MB"
}

# Debian's etcd 3.4 answers lists faster than 3.6, whose consistent reads wait for progress ticks of 100 ms.
take_etcd() {
  [ -x "$cache/bin/etcd" ] && return
  local found
  if found=$(command -v etcd); then
    ln -sf "$found" "$cache/bin/etcd"
    return
  fi
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || give_up "there is no etcd, and no Debian package to take it from"
  say "fetching Debian's etcd-server package"
  local unpacked="$cache/etcd"
  rm -rf "$unpacked" && mkdir -p "$unpacked"
  fetch() { (cd "$unpacked" && apt-get download -qq etcd-server >&2); }
  # A fresh image has no package lists; only root can fetch them.
  fetch || { [ "$(id -u)" = 0 ] && apt-get update -qq >&2 && fetch; } || give_up "Debian's etcd-server package cannot be fetched"
  dpkg-deb -x "$unpacked"/etcd-server_*.deb "$unpacked"
  mv "$unpacked/usr/bin/etcd" "$cache/bin/etcd"
  rm -rf "$unpacked"
}

take_etcd
say "fetching Go modules (the first time about 1.5 GB on disk)"
(cd "$here/go" && go mod download) 2>&1 | tail -n 5 >&2
build rollouts-controller github.com/argoproj/argo-rollouts/cmd/rollouts-controller
build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
build kubectl k8s.io/kubernetes/cmd/kubectl
build kubectl-argo-rollouts github.com/argoproj/argo-rollouts/cmd/kubectl-argo-rollouts

# The release's own definitions and role, applied as they are.
module=$(cd "$here/go" && go list -m -f '{{.Dir}}' github.com/argoproj/argo-rollouts)
rm -rf "$cache/manifests"
mkdir -p "$cache/manifests"
cp "$module"/manifests/crds/*-crd.yaml "$module/manifests/role/argo-rollouts-clusterrole.yaml" "$cache/manifests/"
chmod -R u+w "$cache/manifests"

touch "$cache/complete"
echo "$cache"
