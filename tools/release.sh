#!/bin/sh
# Make what a release consists of in dist/: wheel, source, chart, and what they are made of. `./run test` first.
#
#   tools/release.sh           build it
#   tools/release.sh --twice   build it from two copies of the commit, and fail where any file differs
#
# Only what is committed gets in. Two builds of one commit give the same files, on any machine with these tools.
set -eu
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
. tools/environment.sh
. tools/browser.sh
. tools/helm.sh
sync_environment requirements-dev.txt
find_helm || die "no Helm 4 to pack the chart with: name one in HELM4"
python="$(cd "$VENV" && pwd -P)/bin/python"

# build TARGET: everything, from a copy that holds the commit and nothing else.
build() {
    target=$1
    copy=$(mktemp -d)
    git archive "$commit" | tar -x -C "$copy"
    rm -rf "$target" && mkdir -p "$target"
    (
        cd "$copy"
        # The copy's own modules, not those of the checkout that the environment leads to.
        export PYTHONPATH="$copy" PYTHONDONTWRITEBYTECODE=1
        "$python" tools/chart.py --check
        "$python" -m hatchling build --directory "$target" >/dev/null 2>&1
        "$python" tools/chart.py --package "$HELM4" "$target" >/dev/null
        "$python" tools/sbom.py >"$target/consent-gateway.cdx.json"
        cd "$target" && sha256sum -- * >SHA256SUMS
    )
    rm -rf "$copy"
}

root=$(pwd -P)
commit=$(git rev-parse HEAD)
build "$root/dist"
if [ "${1:-}" = --twice ]; then
    other=$(mktemp -d)
    sleep 2 # the resolution of times in archives
    (umask 077 && build "$other/dist")
    diff -r "$root/dist" "$other/dist" || die "two builds of one commit differ"
    rm -rf "$other"
    say "release: two builds, the same files"
fi
cat "$root/dist/SHA256SUMS"
