import json

import pytest
from click.testing import CliRunner

from gateway.cli.consent import consent
from tests.consent.tcf_packer import tc_string
from tests.consent.test_tcf import rows


def run(*arguments, lines=()):
    return CliRunner().invoke(consent, arguments, input="".join(f"{line}\n" for line in lines))


def test_decode_prints_one_object_for_each_line_in_order():
    vectors = rows("tcf_vectors.jsonl")[:20]
    result = run("decode", "--json", lines=[row["tcString"] for row in vectors])
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.output.splitlines()] == [
        {"kind": "tcf", "value": row["expect"]} for row in vectors
    ]


def test_decode_says_why_a_string_is_invalid_and_ends_with_1():
    result = run("decode", "--json", "--kind", "tcf", lines=["", tc_string(), "undefined"])
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [sorted(line) for line in lines] == [["invalid", "kind"], ["kind", "value"], ["invalid", "kind"]]
    assert result.exit_code == 1


def test_decode_shows_one_string_to_a_person():
    result = run("decode", tc_string(consent=(1, 7)))
    assert "purposesConsent             1 7" in result.output
    assert (run("decode", "nonsense").output, run("decode", "nonsense").exit_code) == (
        "tcf: invalid: not of encoding version 2\n",
        1,
    )


def test_read_prints_what_each_request_says():
    result = run("read", "--json", lines=[json.dumps(row) for row in rows("cmp_cookies.jsonl")])
    assert result.exit_code == 0
    for line, row in zip(result.output.splitlines(), rows("cmp_cookies.jsonl"), strict=True):
        shown = json.loads(line)
        assert {key: shown[key] for key in row["expect"]} == row["expect"]
        assert {"votes", "unreadable"} < set(shown)


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
    ],
)
def test_read_ends_with_2_where_a_line_is_no_request(line):
    result = run("read", lines=["{}", line])
    assert result.exit_code == 2
    assert "line 2 describes no request" in result.stderr
