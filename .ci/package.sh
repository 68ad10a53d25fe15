#!/usr/bin/env bash
# Packs leastwise, installs the package into an empty folder as a user would, and runs it there: with the Node that the
# project pins, which must work, and with an older Node where that is the one on the PATH, which must say what to run.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$root"
tarball="$(npm pack --silent --pack-destination "$folder" | tail -n 1)"
cd "$folder"
echo '{ "private": true }' > package.json
npm install --silent "./$tarball"

expect() {
  local wanted="$1" status=0
  shift
  "$@" > output.txt 2>&1 || status=$?
  if [ "$status" != "$wanted" ]; then
    cat output.txt
    echo "expected exit status $wanted and got $status: $*"
    exit 1
  fi
}

version="$(node -p "require('$root/package.json').version")"
new="$root/node_modules/.bin/node"
bin=node_modules/leastwise/dist/bin.js
expect 0 "$new" "$bin" --version
grep -qx "$version" output.txt
expect 1 "$new" "$bin" scan --demo --out out
grep -q "^FAILED" output.txt
test -s out/report.json && test -s out/report.sarif && test -s out/snapshot/manifest.json
expect 0 "$new" "$bin" policy test

major="$(node -p 'process.versions.node.split(".")[0]')"
if [ "$major" -lt 22 ]; then
  expect 2 node_modules/.bin/leastwise scan --demo
  grep -q "npx -p node@" output.txt
else
  expect 1 node_modules/.bin/leastwise scan --demo --out again
fi
echo "the package works"
