#!/usr/bin/env bash
# Makes the virtual environment of a Prefect server, or finds the one made before, outside the working tree.
# The last line it prints is the environment's bin folder:
#
#   export LEASTWISE_PREFECT_BIN="$(.ci/prefect/environment.sh | tail -n 1)"
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="${PYTHON:-python3}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/leastwise"
digest="$(cat "$here/requirements.txt" "$here/constraints.txt" <("$python" -VV) | sha256sum | cut -c1-16)"
environment="$cache/prefect-$digest"

if [[ ! -f "$environment/complete" ]]; then
  mkdir -p "$cache"
  building="$(mktemp -d "$environment.XXXXXX")"
  trap 'rm -rf "$building"' EXIT
  echo "Installing a Prefect server into $environment (350 MB, about half a minute)" >&2
  "$python" -m venv "$building"
  "$building/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
  "$building/bin/python" -c 'import prefect, prefect_azure, prefect_shell, prefect_sqlalchemy'
  # Scripts hold the path of their interpreter: they are to name the folder that they will be found in.
  grep -rlIF --null "$building" "$building/bin" "$building/pyvenv.cfg" | xargs -0 sed -i "s|$building|$environment|g"
  touch "$building/complete"
  # Only a finished build takes the name, and one that finished meanwhile is as good.
  [[ -f "$environment/complete" ]] || { rm -rf "$environment" && mv -T "$building" "$environment"; }
fi

echo "$environment/bin"
