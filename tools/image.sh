#!/bin/sh
# Build the image for real and run it: `sudo tools/image.sh`. Needs root and Debian or Ubuntu, and no engine of containers.
#
# The base is a bare Debian by debootstrap, kept between runs in $IMAGE_BASE; buildah builds on it without a daemon. Then the image's
# own command runs as its own user, with a root that is mounted read-only: it has to serve a pixel, and to drain on SIGTERM.
set -eu
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}

fail() {
    printf 'image: %s\n' "$*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || fail "needs root for debootstrap and chroot: run it with sudo"
command -v apt-get >/dev/null || fail "needs Debian or Ubuntu"
for tool in debootstrap buildah; do
    command -v $tool >/dev/null || apt-get install -y -qq --no-install-recommends $tool >/dev/null || fail "$tool is missing: apt-get install $tool"
done
[ -x "$VENV/bin/python" ] || fail "no environment: ./run lint makes one"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/image.XXXXXX")
base=${IMAGE_BASE:-$work/base.tar}
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot CONTAINERS_STORAGE_CONF="$work/storage.conf"
printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/storage"\nrunroot = "%s/run"\n' "$work" "$work" >"$CONTAINERS_STORAGE_CONF"
container=
clean() {
    [ -z "$container" ] || buildah rm "$container" >/dev/null 2>&1 || true
    rm -rf --one-file-system "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

if [ ! -s "$base" ]; then
    apt_sources=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null || true)
    mirror=${FRESH_MIRROR:-$(printf '%s\n' "$apt_sources" | grep -oE '[a-z]+://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ')}
    suite=${FRESH_SUITE:-$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")}
    [ -n "$mirror" ] || fail "no Debian mirror found in /etc/apt: name one in FRESH_MIRROR"
    echo "image: a bare Debian $suite with python3-venv"
    debootstrap --variant=minbase --include=python3-venv,ca-certificates "$suite" "$work/debian" "$mirror" >"$work/log" 2>&1 ||
        { tail -n 20 "$work/log" >&2 && fail "debootstrap failed"; }
    tar -C "$work/debian" --exclude=./dev --exclude=./var/cache/apt/archives --one-file-system -cf "$base.new" . && mv "$base.new" "$base"
    rm -rf --one-file-system "$work/debian"
fi
container=$(buildah from scratch)
buildah add -q "$container" "$base" / >/dev/null
buildah commit -q "$container" localhost/bare-debian >/dev/null
buildah rm "$container" >/dev/null
container=

# How this machine reaches its packages (pip's settings, certificates) is lent to the build, and does not stay in the image.
set -- --build-arg BASE=localhost/bare-debian --volume "$work/pip.conf:/etc/pip.conf:ro"
{
    cat /etc/pip.conf 2>/dev/null || true
    printf '\n[install]\n'
    env | sed -n 's/^PIP_\([A-Z_]*\)=/\1=/p' | while IFS='=' read -r name value; do
        [ "$name" = CONFIG_FILE ] || printf '%s = %s\n' "$(printf '%s' "$name" | tr '[:upper:]_' '[:lower:]-')" "$value"
    done
} >"$work/pip.conf"
for path in "${PIP_FIND_LINKS:-}" "${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}" /etc/resolv.conf; do
    [ -z "$path" ] || [ ! -e "$path" ] || set -- "$@" --volume "$path:$path:ro"
done
echo "image: building"
buildah build --quiet --format docker --network host "$@" --tag localhost/consent-gateway . >"$work/log" 2>&1 ||
    { tail -n 30 "$work/log" >&2 && fail "the build failed"; }

container=$(buildah from --pull-never localhost/consent-gateway)
root=$(buildah mount "$container")
buildah inspect --type image localhost/consent-gateway >"$work/image.json"
echo "image: running it as its own user on a root that is read-only"
unshare --mount --pid --fork --kill-child "$VENV/bin/python" -m tests.helm.image "$root" "$work/image.json"
echo "image: everything worked"
