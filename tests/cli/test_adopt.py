import json
import subprocess

import pytest
from click.testing import CliRunner

from gateway.cli import main

HOST = "t.shop.example"
PAGE = (
    b"<!doctype html>\r\n<p>caf\xc3\xa9</p>\r\n"
    b'<img width="1" src="https://www.facebook.com/tr?id=123456789012345&ev=PageView&currency=EUR">\r\n'
    b'<img src="https://px.ads.linkedin.com/collect/?pid=4242&fmt=gif">'
)
AFTER = (
    b"<!doctype html>\r\n<p>caf\xc3\xa9</p>\r\n"
    b'<img width="1" src="https://t.shop.example/g/meta_pixel/tr?id=123456789012345&amp;ev=PageView&amp;currency=EUR">\r\n'
    b'<img src="https://t.shop.example/g/linkedin_insight/collect/?pid=4242&amp;fmt=gif">'
)


def run(*arguments):
    return CliRunner().invoke(main, ["adopt", *map(str, arguments)])


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.html"
    path.write_bytes(PAGE)
    return path


def test_it_tells_and_shows_and_changes_nothing_by_itself(page):
    result = run(page, "--host", HOST)
    assert result.exit_code == 0
    assert f"{page}:3:21: pixel meta_pixel (Meta), tier A: rewrite" in result.stdout
    assert f"{page}:4:11: pixel linkedin_insight (LinkedIn), tier A: rewrite" in result.stdout
    assert "+<img width=" in result.stdout
    assert page.read_bytes() == PAGE


def test_without_a_host_it_only_tells(page):
    result = run(page)
    assert "pixel meta_pixel (Meta), tier A: can be rewritten" in result.stdout
    assert "---" not in result.stdout


@pytest.mark.parametrize("option", [("--write",), ("--diff",), ("--out", "x")])
def test_what_would_change_something_needs_a_host(page, option):
    assert run(page, *option).exit_code == 2
    assert page.read_bytes() == PAGE


@pytest.mark.parametrize(
    "host", ["https://t.shop.example", "T.shop.example", 't"x', "t.shop.example/", "-t.example", "t.shop.example\n"]
)
def test_a_host_is_a_bare_name(page, host):
    assert run(page, "--host", host, "--write").exit_code == 2
    assert page.read_bytes() == PAGE


def test_writing_changes_the_addresses_and_no_other_byte_and_twice_is_once(page):
    page.chmod(0o640)
    assert run(page, "--host", HOST, "--write").exit_code == 0
    assert page.read_bytes() == AFTER
    assert page.stat().st_mode & 0o777 == 0o640
    again = run(page, "--host", HOST, "--write", "--json")
    assert (again.exit_code, again.stdout, page.read_bytes()) == (0, "", AFTER)
    assert list(page.parent.iterdir()) == [page]


def test_the_diff_can_be_applied(page, tmp_path):
    made = run(page, "--host", HOST, "--diff").stdout_bytes
    where = len(page.parent.parts)
    subprocess.run(["git", "apply", f"-p{where}"], input=made, cwd=tmp_path, check=True, capture_output=True)
    assert page.read_bytes() == AFTER


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "shift_jis"])
def test_a_page_of_any_encoding_keeps_its_other_bytes(page, encoding):
    text = "caf" if encoding == "shift_jis" else "café"
    text += "表" if encoding in ("shift_jis", "utf-8", "utf-16") else ""
    before, after = (f"<p>{text}</p>" + data.decode().partition("</p>")[2] for data in (PAGE, AFTER))
    page.write_bytes(before.encode(encoding))
    assert run(page, "--host", HOST, "--write").exit_code == 0
    assert page.read_bytes() == after.encode(encoding)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01binary",
        "<img src='x'>".encode("utf-16-le"),
        "表".encode("iso2022_jp"),
        b"Content-Transfer-Encoding: quoted-printable\n\n<img src=3D'https://www.facebook.com/tr?id=3D123456'>",
        b"\xff\xfe<",
        b"\xff\xfe\x00\xd8",
    ],
)
def test_what_cannot_be_edited_safely_is_left_alone_and_the_rest_is_done(page, tmp_path, data):
    other = tmp_path / "other.html"
    other.write_bytes(data)
    result = run(other, page, "--host", HOST, "--write")
    assert result.exit_code == 1
    assert "left alone" in result.stderr
    assert (other.read_bytes(), page.read_bytes()) == (data, AFTER)


def test_json_gives_an_object_a_finding(page):
    rows = [json.loads(line) for line in run(page, "--host", HOST, "--json").stdout.splitlines()]
    assert [(row["line"], row["id"], row["vendor"], row["action"]) for row in rows] == [
        (3, "meta_pixel", "meta", "rewrite"),
        (4, "linkedin_insight", "linkedin", "rewrite"),
    ]
    assert rows[0]["leaks"]["account"] == ["id"]
    assert rows[0]["host"] == "www.facebook.com"


def test_the_files_it_begins_pass_their_own_checks(page, tmp_path):
    out = tmp_path / "out"
    assert run(page, "--host", HOST, "--out", out).exit_code == 0
    runner = CliRunner()
    assert runner.invoke(main, ["keys", "new", str(out / "root.key")]).exit_code == 0
    for command in (["policy", "check"], ["policy", "test"]):
        result = runner.invoke(main, [*command, str(out / "policy.yaml")])
        assert result.exit_code == 0, result.output
    checked = runner.invoke(main, ["check", "--config", str(out / "gateway.yaml")])
    assert checked.exit_code == 0, checked.output
    assert "linkedin: linkedin, fed by linkedin_insight" in checked.output
    text = (out / "gateway.yaml").read_text()
    assert "# meta needs secrets.access_token" in text
    assert "meta: {enabled: false, vendor: meta" in text


def test_the_files_it_begins_replace_none(page, tmp_path):
    (tmp_path / "policy.yaml").write_text("mine")
    result = run(page, "--host", HOST, "--out", tmp_path)
    assert result.exit_code == 2
    assert (tmp_path / "policy.yaml").read_text() == "mine"
    assert not (tmp_path / "gateway.yaml").exists()


def test_a_script_and_a_style_sheet_are_read_as_what_they_are(tmp_path):
    script, style = tmp_path / "a.js", tmp_path / "a.css"
    script.write_text("if (a < b) gtag('config','G-ABC1234567');")
    style.write_text("a{background:url(https://www.facebook.com/tr?id=12345&ev=x)}")
    assert run(script, style, "--host", HOST, "--write").exit_code == 0
    assert f"{{server_container_url:'https://{HOST}/g/ga4_collect'}}" in script.read_text()
    assert style.read_text() == f"a{{background:url(https://{HOST}/g/meta_pixel/tr?id=12345&ev=x)}}"
