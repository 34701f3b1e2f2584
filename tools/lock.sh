#!/bin/sh
# Write the requirements files anew from pyproject.toml: every file by its hash, no index named.
#
# Pins that still fit stay; `tools/lock.sh --upgrade` moves all of them. Needs uv (`pip install uv`).
set -eu
cd "$(dirname "$0")/.."

lock() {
    output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
        --custom-compile-command tools/lock.sh --output-file "$output" "$@"
}

lock requirements.txt pyproject.toml "$@"
lock requirements-dev.txt pyproject.toml --group dev --constraint requirements.txt "$@"
lock requirements-browser.txt --group browser "$@"
lock requirements-compiler.txt --group compiler "$@"
lock requirements-helm.txt --group helm "$@"
