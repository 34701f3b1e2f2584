# Find or install a Python, and keep $VENV equal to the lock file. Sourced by ./run; POSIX sh.

say() { printf '%s\n' "$*" >&2; }

die() {
    say "run: $*"
    exit 1
}

misused() {
    say "run: $*"
    exit 2
}

root_on_debian() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; }

apt_install() {
    say "installing $* (root, by apt-get)"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
}

# ensurepip is what Debian leaves out of python3 until python3-venv is there.
usable_python() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.14 python3.11; do
        if usable_python "$candidate"; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

make_venv() {
    if python=$(find_python); then
        "$python" -m venv "$VENV"
    elif command -v uv >/dev/null 2>&1; then
        uv venv --quiet --seed --python '>=3.11' "$VENV"
    elif root_on_debian; then
        apt_install python3-venv ca-certificates
        python=$(find_python) || die "this system's python3 is older than 3.11: install a newer one and set PYTHON"
        "$python" -m venv "$VENV"
    else
        die "no Python 3.11 or newer with venv. Paste one of these, then run this again:
    sudo apt-get install -y python3-venv ca-certificates    (Debian 12, Ubuntu 24.04 or newer)
    brew install python@3.13                                (macOS)"
    fi
}

# The checkout itself is what runs: a .pth file puts it on the path, so nothing has to be built.
link_checkout() {
    site=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    pwd -P >"$site/consent-gateway-checkout.pth"
    printf '#!/bin/sh\nexec "%s/bin/python" -m gateway "$@"\n' "$(cd "$VENV" && pwd -P)" >"$VENV/bin/gateway"
    chmod +x "$VENV/bin/gateway"
}

# The development lock contains the other one, so a developer's environment serves every command.
sync_environment() {
    if [ ! -x "$VENV/bin/python" ]; then
        rm -rf "$VENV"
        say "making $VENV"
        make_venv
    fi
    for lock in requirements-dev.txt "$1"; do
        stamp="$VENV/.synced-$lock"
        cmp -s "$lock" "$stamp" && return 0
    done
    rm -f "$stamp"
    say "installing what $1 pins, by hash"
    "$VENV/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --only-binary :all: \
        --require-hashes --requirement "$1" || die "pip could not install $1; its message stands above"
    link_checkout
    cp "$1" "$stamp"
}
