"""The tag is one file: small, the same for everybody, kept by caches, and checked by its digest."""

import base64
import gzip
import hashlib
import re

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.web.tag.assemble import MODULES, tag
from tests.house.tree import PACKAGE
from tests.web.edge import Edge

MOST_COMPRESSED = 6144
# What the tag may not even know the name of.
NEVER = (
    "document.cookie",
    "localStorage",
    "sessionStorage",
    "indexedDB",
    "eval",
    "Function(",
    "innerHTML",
    "http:",
    "https:",
)


@pytest.fixture(scope="module")
def edge():
    running = Edge().start()
    yield running
    running.stop()


def ask(edge, target="/gw.js", method="GET", **headers):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    answer = edge.send(f"{method} {target} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n{lines}\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    return int(status.split()[1]), dict(field.lower().split(": ", 1) for field in fields), body


@pytest.mark.parametrize("level", [6, 9])
def test_it_is_under_six_kilobytes_compressed(level):
    assert len(gzip.compress(tag().script, level)) <= MOST_COMPRESSED


def test_nothing_of_a_request_changes_a_byte_or_a_header(edge):
    plain = ask(edge)
    others = [
        ask(edge, Cookie="__Host-consent=x", DNT="1", Sec_GPC="1"),
        ask(edge, User_Agent="Other/1.0", Accept_Language="fr", Accept_Encoding="gzip, br"),
        ask(edge, Origin="https://shop.example", Referer="https://shop.example/a"),
        ask(edge, target="/gw.js?v=another"),
    ]
    assert plain[0] == 200 and plain[2] == tag().script
    assert all({**other[1], "date": ""} == {**plain[1], "date": ""} and other[2] == plain[2] for other in others)


def test_its_headers_say_what_it_is_and_how_long_it_may_be_kept(edge):
    _, fields, _ = ask(edge)
    assert fields["content-type"] == "text/javascript; charset=utf-8"
    assert fields["cache-control"] == "public, max-age=3600"
    assert fields["x-content-type-options"] == "nosniff"
    assert fields["access-control-allow-origin"] == "*"
    assert not {"vary", "set-cookie", "access-control-allow-credentials"} & fields.keys()


def test_an_address_that_names_its_version_may_be_kept_for_good(edge):
    _, fields, body = ask(edge, target=f"/gw.js?v={tag().version}")
    assert (fields["cache-control"], body) == ("public, max-age=31536000, immutable", tag().script)


def test_who_has_it_already_is_told_so(edge):
    status, fields, body = ask(edge, If_None_Match=ask(edge)[1]["etag"])
    assert (status, body, "content-type" in fields) == (304, b"", False)
    assert ask(edge, If_None_Match='"another"')[0] == 200


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 405), ("DELETE", 405)])
def test_other_methods_get_no_script(edge, method, status):
    found, _, body = ask(edge, method=method)
    assert (found, tag().script[:20] in body) == (status, False)


def test_another_host_is_nobodys(edge):
    assert (
        b" 421 "
        in edge.send(b"GET /gw.js HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n").split(b"\r\n")[0]
    )


def test_the_command_prints_the_digest_the_element_and_the_script():
    run = CliRunner()
    digest = "sha384-" + base64.b64encode(hashlib.sha384(tag().script).digest()).decode()
    assert run.invoke(main, ["tag", "--sri"]).output == f"{digest}\n"
    assert run.invoke(main, ["tag"]).stdout_bytes == tag().script
    element = run.invoke(main, ["tag", "--element", "https://t.shop.example/"]).output
    assert f'integrity="{digest}" crossorigin="anonymous"' in element
    assert f'src="https://t.shop.example/gw.js?v={tag().version}"' in element
    assert run.invoke(main, ["tag", "--element", "javascript:alert(1)"]).exit_code == 2


@pytest.mark.parametrize("word", NEVER)
def test_it_stores_nothing_builds_no_code_and_knows_no_host(word):
    assert word not in tag().script.decode()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_written_as_the_assembler_needs_it(module):
    lines = (PACKAGE / "web" / "tag" / module).read_text("utf-8").splitlines()
    code = [re.sub(r"'[^'\n]*'", "''", line) for line in lines if not line.strip().startswith("//")]
    assert lines[0].startswith("// ")
    assert [line for line in code if "//" in line or "/*" in line or "`" in line or '"' in line] == []
    assert [line for line in code if re.search(r"(?:[=(,!:?&|]|^)\s*/[^/ ]* [^/]*/", line)] == []
    assert len(lines) <= 400


def test_every_module_is_part_of_it():
    assert {path.name for path in (PACKAGE / "web" / "tag").glob("*.js")} == set(MODULES)
