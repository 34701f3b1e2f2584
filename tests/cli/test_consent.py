import json

import pytest
from click.testing import CliRunner

from gateway.cli.consent import consent
from tests.consent.cmp_rows import NOW, ROWS
from tests.consent.strings import strings
from tests.consent.tcf_packer import core, entries, number, tc_string


def run(*arguments, lines=()):
    return CliRunner().invoke(consent, arguments, input="".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("name", ["tcf", "gpp", "usp", "ac", "google"])
def test_decode_prints_what_each_line_says(name):
    for kind in {row["kind"] for row in strings(name)}:
        asked = [row for row in strings(name) if row["kind"] == kind]
        result = run("decode", "--json", "--kind", kind, lines=[row["text"] for row in asked])
        assert result.exit_code == int(any(row["says"] is None for row in asked))
        for line, row in zip(map(json.loads, result.output.splitlines()), asked, strict=True):
            assert line["kind"] == kind
            assert line.get("value") == row["says"]
            assert ("invalid" in line) is (row["says"] is None)


@pytest.mark.parametrize("kind", ["tcf", "gpp"])
def test_decode_refuses_what_is_damaged_and_reads_what_is_only_different(kind):
    damaged = [row for row in strings("damaged") if row["kind"] == kind]
    asked = [row for row in damaged if "\n" not in row["text"]]
    assert all(run("decode", "--kind", kind, row["text"]).exit_code == 1 for row in damaged if row not in asked)
    result = run("decode", "--json", "--kind", kind, lines=[row["text"] for row in asked])
    for line, row in zip(map(json.loads, result.output.splitlines()), asked, strict=True):
        assert ("invalid" in line) is ("says_too" not in row), row["about"]
        if "says_too" in row:
            assert holds(line["value"].get("sections", line["value"]), row["says_too"]), row["about"]


def holds(value, part):
    """Whether the value says what the part of one does. The reference has no word for a GPC that is not there."""
    for key, expected in part.items():
        if isinstance(expected, dict):
            assert holds(value[key], expected)
        elif key.endswith("Count"):
            assert len(value[key.removesuffix("Count")]) == expected
        else:
            assert (False if value[key] is None else value[key]) == expected
    return True


def test_decode_recognises_what_each_line_is():
    asked = [row for name in ("tcf", "gpp", "usp", "ac") for row in strings(name) if row["says"]]
    result = run("decode", "--json", lines=[row["text"] for row in asked])
    assert result.exit_code == 0
    for line, row in zip(map(json.loads, result.output.splitlines()), asked, strict=True):
        assert line == {"kind": row["kind"], "value": row["says"]}


def test_decode_says_why_a_string_is_invalid_and_ends_with_1():
    result = run("decode", "--json", lines=["", tc_string(), "undefined", "1"])
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [line["kind"] for line in lines] == ["unknown", "tcf", "unknown", "unknown"]
    assert ["invalid" in line for line in lines] == [True, False, True, True]
    assert result.exit_code == 1
    assert json.loads(run("decode", "--json", "--kind", "tcf", "").output)["kind"] == "tcf"


def test_decode_shows_one_string_to_a_person():
    result = run("decode", tc_string(consent=(1, 7)))
    assert "purposesConsent             1 7" in result.output
    nested = run("decode", "DBABRg~BaVGVmY").output
    assert "  sectionIds  9\n  sections:\n    usva:\n" in nested
    assert "      SaleOptOut                       1\n" in nested
    restricted = core(restrictions=number(1, 12) + number(2, 6) + number(1, 2) + entries((4, 5)))
    assert "purposeId 2, restrictionType 1, vendors 4 5\n" in run("decode", restricted).output
    wrong = run("decode", "--kind", "tcf", "nonsense")
    assert (wrong.output, wrong.exit_code) == ("tcf: invalid: not of encoding version 2\n", 1)


def test_read_prints_what_each_request_says():
    lines = [json.dumps({"cookie_header": row["cookies"], "config": row.get("config"), "now": NOW}) for row in ROWS]
    result = run("read", "--json", lines=lines)
    assert result.exit_code == 0
    for line, row in zip(result.output.splitlines(), ROWS, strict=True):
        shown = json.loads(line)
        assert {key: shown[key] for key in ("purposes", "explicit")} == {
            key: row[key] for key in ("purposes", "explicit")
        }
        assert shown["extra"] == row.get("extra", {})
        assert {"votes", "unreadable"} < set(shown)


def test_read_takes_strings_from_the_address_and_the_body():
    for given in (
        {"url": "https://t.shop.example/p.gif?us_privacy=1YYN#x"},
        {"body": {"us_privacy": "1YYN"}},
        {"body": "us_privacy=1YYN&a=b"},
    ):
        assert json.loads(run("read", lines=[json.dumps(given)]).output)["extra"] == {"usp": "1YYN"}


def test_read_takes_headers_as_an_object_or_as_pairs():
    for headers in ({"Sec-GPC": "1", "dnt": ["0", "1"]}, [["Sec-GPC", "1"], ["DNT", "1"]]):
        result = run("read", lines=[json.dumps({"headers": headers, "now": 1790841600})])
        assert json.loads(result.output)["extra"] == {"gpc": True, "dnt": True}


def test_read_takes_cookies_from_the_headers_too():
    result = run(
        "read", lines=[json.dumps({"headers": {"Cookie": "OptanonConsent=groups=C0002%3A0"}, "url": "/p.gif"})]
    )
    assert json.loads(result.output)["purposes"]["analytics"] == "denied"


def test_read_reads_a_request_without_anything():
    assert json.loads(run("read", lines=["{}"]).output)["votes"] == []


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        "[]",
        "1",
        '{"now": "soon"}',
        '{"now": []}',
        '{"headers": {"a": 1}}',
        '{"cookie_header": 1}',
        '{"headers": [1]}',
        '{"config": [1]}',
        '{"config": {"min_date": "soon"}}',
    ],
)
def test_read_ends_with_2_where_a_line_is_no_request(line):
    result = run("read", lines=["{}", line])
    assert result.exit_code == 2
    assert "line 2 describes no request" in result.stderr


def test_read_says_what_is_wrong_with_what_is_said_of_the_platforms():
    result = run("read", lines=['{"config": {"cookie": "a b"}}'])
    assert (result.exit_code, "config: cookie: a cookie's name is a token" in result.stderr) == (2, True)


def test_read_reads_each_line_by_what_it_says_of_the_platforms():
    header = {"cookie_header": "klaro=%7B%22a%22%3Atrue%7D"}
    configs = [None, *({"services": {"a": "analytics", str(number): "social"}} for number in range(70)), None]
    lines = [json.dumps(header | {"config": config}) for config in configs]
    told = [json.loads(line)["purposes"].get("analytics") for line in run("read", lines=lines).output.splitlines()]
    assert told == ["unset", *["granted"] * 70, "unset"]
