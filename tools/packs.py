"""Write the region pack that `policies/jurisdictions.csv` says; with --check, say whether it is written already.

The table has a line for every place that was looked at. The pack has the lines that ask for something of their own:
a place that asks what the place around it asks is left to that one, or joins it where its code is a country's.
Where the table is unsure, the pack is at least as strict as it is with countries that nobody listed.
"""

import csv
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.policy.durations import parse
from gateway.taxonomy import BASES

POLICIES = Path(__file__).parents[1] / "policies"
TABLE = POLICIES / "jurisdictions.csv"
FAMILIES = ("audience_measurement", "analytics", "advertising", "personalization", "email_open", "sensitive")
GROUPS = "@"
ELSEWHERE = "*"

# Key of a row -> its parts, and the column each is from.
DURATIONS = {
    "consent": {"valid_for": "yes_lasts", "ask_again_after": "ask_again", "cookie_max_age": "cookie_lasts"},
    "dsr": {"respond_within": "answer_within", "extend_by": "extend_by"},
    "retention": {"events": "keep_events"},
}
# A longer wait before asking again is the stricter one; of all other durations, the shorter.
LONGER_IS_STRICTER = ("ask_again",)

Line = dict[str, str]
Rules = dict[str, dict[str, str]]


def read(text: str) -> tuple[dict[str, str], dict[str, Line]]:
    """The facts of the heading (`pack`, `version`, `reviewed`) and the lines by their code."""
    heading = dict(re.findall(r"^# (pack|version|reviewed): (\S+)$", text, re.MULTILINE))
    lines = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return heading, {line["code"]: line for line in lines}


def write(text: str) -> str:
    """The pack of a table."""
    heading, table = read(text)
    table = {code: strict(line, table[ELSEWHERE]) for code, line in table.items()}
    said = {code: own(line, table) for code, line in table.items()}
    joined = {code: line["within"] for code, line in table.items() if joins(line, said[code])}
    rows = [
        row(line, said[code], [code, *(other for other, home in joined.items() if home == code)], heading)
        for code, line in table.items()
        if code not in joined and is_of_its_own(line, said[code])
    ]
    return "\n".join((*opening(heading), *rows)) + "\n"


def strict(line: Line, elsewhere: Line) -> Line:
    """The line as it is applied: an unsure one as strict as `elsewhere`, wherever it would be less strict."""
    if line["certainty"] != "low":
        return line
    stricter = {family: max(line[family], elsewhere[family], key=BASES.index) for family in FAMILIES}
    stricter["child_under"] = str(max(int(line["child_under"]), int(elsewhere["child_under"])))
    for columns in DURATIONS.values():
        for column in columns.values():
            pick = max if column in LONGER_IS_STRICTER else min
            given = [value for value in (line[column], elsewhere[column]) if value]
            stricter[column] = pick(given, key=days, default="")
    return line | stricter


def days(duration: str) -> tuple[int, bool]:
    """For ordering: the days of a duration; of two that are equal, business days are the longer."""
    read = parse(duration)
    if read is None:
        raise ValueError(f"{duration!r} is no duration")
    return read.days, read.unit == "bd"


def rules(line: Line) -> Rules:
    """Everything that a row can say, as sections."""
    found: Rules = {"basis": {family: line[family] for family in FAMILIES}}
    found["signals"] = {"gpc": "binding" if line["gpc_duty"] == "binding" else "honour", "dnt": "honour"}
    for section, columns in DURATIONS.items():
        found[section] = {key: line[column] for key, column in columns.items() if line[column]}
    found["minors"] = {"under": line["child_under"]}
    return found


def own(line: Line, table: Mapping[str, Line]) -> Rules:
    """What a line says that the place around it does not say already.

    An unsure line says all of it: who loosens the place around it has not decided about this one.
    """
    parent = table.get(line["within"]) if line["certainty"] != "low" else None
    inherited = rules(parent) if parent else {}
    return {
        section: different
        for section, values in rules(line).items()
        if (different := {key: value for key, value in values.items() if inherited.get(section, {}).get(key) != value})
    }


def joins(line: Line, said: Rules) -> bool:
    """Whether a country is only a part of another one, such as Martinique of France."""
    home = line["within"]
    return bool(home) and not home.startswith(GROUPS) and "-" not in line["code"] and not said


def is_of_its_own(line: Line, said: Rules) -> bool:
    """Whether the pack needs a row: for a law, or for anything that differs."""
    return line["state"] != "no law" or bool(said)


def row(line: Line, said: Rules, codes: list[str], heading: Mapping[str, str]) -> str:
    """One region of the pack."""
    return "\n".join(f"  {part}" for part in parts(line, said, codes, heading))


def parts(line: Line, said: Rules, codes: list[str], heading: Mapping[str, str]) -> Iterator[str]:
    """The lines of one region."""
    yield f"{called(line['code'])}:"
    yield f"  label: {quoted(line['name'])}"
    yield f"  match: [{', '.join(map(quoted, codes))}]"
    if line["within"]:
        yield f"  inherits: {called(line['within'])}"
    yield f"  law: {quoted(line['law'] or '-')}"
    yield f"  because: {quoted(because(line))}"
    yield f"  certainty: {line['certainty']}"
    # A law that is in force already gets no date: with one, a clock that is wrong would repeal it.
    if line["since"] > heading["reviewed"]:
        yield f'  applies_from: "{line["since"]}"'
    for section, values in said.items():
        yield f"  {section}: {{{', '.join(f'{key}: {value}' for key, value in values.items())}}}"


def because(line: Line) -> str:
    """What an officer reads beside the row."""
    text = line["note"] or line["law"] or "no comprehensive law"
    return f"unsure, and so as strict as with a country nobody listed: {text}" if line["certainty"] == "low" else text


def called(code: str) -> str:
    """The name of a region."""
    return "world" if code == ELSEWHERE else code.removeprefix(GROUPS).lower()


def quoted(text: str) -> str:
    """YAML text in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def opening(heading: Mapping[str, str]) -> tuple[str, ...]:
    """The head of the file."""
    return (
        f'# Region pack "{heading["pack"]}" {heading["version"]}: what the law asks, as far as we know it. '
        "Engineering defaults, not legal advice.",
        "# A pack fixes the floor per region and purpose FAMILY. A policy may tighten it freely; loosening needs "
        "`because:`.",
        "# Written by tools/packs.py from jurisdictions.csv, which names the sources: change that one.",
        f"pack: {heading['pack']}",
        f'version: "{heading["version"]}"',
        f'reviewed: "{heading["reviewed"]}"',
        "regions:",
    )


def main(arguments: list[str]) -> int:
    """Write the pack, or with --check only compare. Exit code 1 where the file there is another one."""
    text = TABLE.read_text("utf-8")
    heading, _ = read(text)
    path = POLICIES / "packs" / f"{heading['pack']}-{heading['version']}.yaml"
    pack = write(text)
    if "--check" in arguments:
        fine = path.exists() and path.read_text("utf-8") == pack
        print(f"{path.name}: {'as the table says' if fine else 'not as the table says; run tools/packs.py'}")
        return 0 if fine else 1
    path.write_text(pack, "utf-8")
    print(f"{path.name}: {pack.count(chr(10) + '    match:')} regions")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
