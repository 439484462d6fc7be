#!/bin/sh
# Runs the conformance tests against other versions of what drives the plugin:
#
#     test/conformance/run.sh [ARGO_ROLLOUTS [GO_PLUGIN]] [-- GO TEST FLAGS]
#     test/conformance/run.sh                  # the versions in go.mod
#     test/conformance/run.sh 1.8.4
#     test/conformance/run.sh 1.9.1 1.8.0 -- -run TestMetric
#
# Other versions are tried in a copy of the module, kept in a cache, so that go.mod stays as it is.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
rollouts=
go_plugin=
while [ $# -gt 0 ]; do
  case $1 in
    --) shift; break ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) if [ -z "$rollouts" ]; then rollouts=$1; else go_plugin=$1; fi; shift ;;
  esac
done

module=$here
if [ -n "$rollouts" ]; then
  module=${XDG_CACHE_HOME:-$HOME/.cache}/modelgate/conformance-$rollouts-${go_plugin:-default}
  mkdir -p "$module"
  cp "$here"/*.go "$module/"
  if [ ! -e "$module/.ready" ]; then
    echo "resolving argo-rollouts $rollouts${go_plugin:+, go-plugin $go_plugin}; the first build takes minutes" >&2
    # From nothing: what go.mod asks for is at least as new as the release there, and an older one cannot go below it.
    cd "$module"
    rm -f go.mod go.sum
    go mod init modelgate.dev/plugin-conformance
    # Kubernetes' libraries have to be those that the release was made with.
    kubernetes=$(go list -m -f '{{.GoMod}}' "github.com/argoproj/argo-rollouts@v$rollouts" | xargs awk '$1 == "k8s.io/api" { print $2; exit }')
    go get "github.com/argoproj/argo-rollouts@v$rollouts" \
      "k8s.io/api@$kubernetes" "k8s.io/apimachinery@$kubernetes" "k8s.io/client-go@$kubernetes" \
      ${go_plugin:+"github.com/hashicorp/go-plugin@v$go_plugin"}
    go mod tidy
    touch "$module/.ready"
  fi
fi

cd "$module"
go list -m github.com/argoproj/argo-rollouts github.com/hashicorp/go-plugin github.com/hashicorp/yamux k8s.io/api
REPOSITORY=$repository exec go test -count=1 -timeout 15m "$@" .
