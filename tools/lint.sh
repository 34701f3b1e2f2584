# Format, style, types and import floors; every one of them runs, and any of them fails the whole. Sourced by ./run.

lint_failures=0
for check in "ruff format --check gateway tests tools" "ruff check gateway tests tools" "mypy" "lint-imports --no-cache"; do
    say "-- $check"
    # The words of a check are its arguments.
    # shellcheck disable=SC2086
    "$VENV/bin/"$check || lint_failures=$((lint_failures + 1))
done
[ "$lint_failures" -eq 0 ]
