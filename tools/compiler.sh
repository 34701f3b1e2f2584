# Find a C compiler, or bring one: apt's as root, else one from pinned packages in $VENV. What loses power in the tests
# stands between a store and its disk, and is written in C. Sourced by tools/test.sh; find_compiler sets CC.

packaged_compiler() {
    home="$(cd "$VENV" && pwd -P)"
    if ! cmp -s requirements-compiler.txt "$home/.synced-requirements-compiler.txt"; then
        say "no C compiler on this machine: installing the pinned one into $home"
        "$home/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --only-binary :all: \
            --require-hashes --requirement requirements-compiler.txt &&
            printf '#!/bin/sh\nexec "%s/bin/python" -m ziglang cc "$@"\n' "$home" >"$home/bin/cc" && chmod +x "$home/bin/cc" &&
            cp requirements-compiler.txt "$home/.synced-requirements-compiler.txt" || return 1
    fi
    CC="$home/bin/cc"
}

find_compiler() {
    CC=$(command -v "${CC:-cc}") || {
        { root_on_debian && apt_install gcc libc6-dev && CC=$(command -v cc); } || packaged_compiler || return 1
    }
    export CC
}
