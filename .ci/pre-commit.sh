#!/usr/bin/env bash
# What .pre-commit-hooks.yaml calls: leastwise of this clone, installed at the first call.
# (pre-commit's own way, language: node, installs with `npm install -g` from git, which fails for packages that are built:
# https://github.com/npm/cli/issues/9406.)
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
[[ -d $here/node_modules ]] || npm ci --omit=dev --no-audit --no-fund --silent --prefix "$here" >&2
exec node "$here/src/bin.ts" "$@"
