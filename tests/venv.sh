#!/usr/bin/env bash
# Prints the Python of a virtual environment that has these packages, made the first time below target/venvs/NAME.
# Fails where that cannot be: no Python, no network. Usage: tests/venv.sh NAME PACKAGE…
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1
shift
mkdir -p target/venvs
exec 9>"target/venvs/$name.lock"
# Two tests at once would make it twice.
flock 9
folder=$PWD/target/venvs/$name
if [ ! -e "$folder/ready" ] || [ "$(cat "$folder/ready")" != "$*" ]; then
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" install --quiet --disable-pip-version-check --timeout 20 --retries 1 "$@" >&2
    printf '%s' "$*" >"$folder/ready"
fi
echo "$folder/bin/python"
