#!/bin/sh
# Prove the README's commands on a machine that has nothing: a bare Debian, git and a clone, a user without rights.
#
#   sudo tools/fresh.sh [COMMAND…]      by default ./run demo --check, then ./run test
#
# The bare Debian is made by debootstrap in a temporary folder and holds no more than the README asks for, and git, by
# which a clone comes. How this machine reaches its package sources (mirror, proxies, certificates, pip's settings) is
# carried over as it is found.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf 'fresh: %s\n' "$*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || fail "needs root for debootstrap and chroot: run it with sudo"
command -v apt-get >/dev/null || fail "needs Debian or Ubuntu"
command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null ||
    fail "debootstrap is missing: apt-get install debootstrap"

# Everything that is mounted below lives in a mount namespace of its own and is gone with it, before anything is removed.
if [ -z "${FRESH_ROOT:-}" ]; then
    FRESH_ROOT=$(mktemp -d "${TMPDIR:-/var/tmp}/fresh.XXXXXX")
    export FRESH_ROOT
    trap 'rm -rf --one-file-system "$FRESH_ROOT"' EXIT
    trap 'exit 130' INT TERM
    unshare --mount --pid --fork --kill-child "$0" "$@"
    exit
fi

root=$FRESH_ROOT
chmod 755 "$root"
apt_sources=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null || true)
mirror=${FRESH_MIRROR:-$(printf '%s\n' "$apt_sources" | grep -oE '[a-z]+://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ')}
suite=${FRESH_SUITE:-$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")}
[ -n "$mirror" ] || fail "no Debian mirror found in /etc/apt: name one in FRESH_MIRROR"

echo "fresh: bare Debian $suite"
debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log" >&2 && fail "debootstrap failed"; }
rm -f "$root.log"

mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir -p "$root/dev/shm" && mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
apt-config dump Acquire | grep -v IndexTargets >"$root/etc/apt/apt.conf.d/90carried-over"
chroot "$root" apt-get install -y -qq --no-install-recommends git python3-venv ca-certificates >/dev/null 2>&1 ||
    fail "apt-get failed in the bare Debian"

# Settings of proxies, certificates, pip and npm, and what they name; their values are nobody's business here.
carry() {
    if [ -d "$1" ]; then
        mkdir -p "$root$1" && mount --bind "$1" "$root$1" && mount -o remount,bind,ro "$root$1"
    elif [ -f "$1" ] && ! cmp -s "$1" "$root$1"; then
        install -D -m 644 "$1" "$root$1"
    fi
}
variables=$(env | grep -iE '^(pip_[a-z_]+|(https?|ftp|all|no)_proxy|[a-z_]*ssl_cert[a-z_]*|[a-z_]*ca_(bundle|certs)|npm_config_[a-z_]+)=' | cut -d= -f1)
kept=
for variable in $variables; do
    value=$(printenv "$variable") || continue
    case $value in /*) carry "$value" ;; esac
    kept="$kept,$variable"
done
for file in /etc/pip.conf /etc/xdg/pip/*; do carry "$file"; done
carry /etc/ssl/certs/ca-certificates.crt

chroot "$root" useradd --create-home --shell /bin/sh visitor
git -c safe.directory='*' clone --quiet --no-hardlinks . "$root/home/visitor/gateway"
chroot "$root" chown -R visitor: /home/visitor

inside() {
    echo "fresh: as an unprivileged user: $1"
    chroot "$root" su --whitelist-environment="CI$kept" --login visitor -c "cd gateway && $1" </dev/null
}
if [ $# -gt 0 ]; then
    inside "$*"
else
    inside "./run demo --check"
    inside "./run test"
fi
echo "fresh: everything worked"
