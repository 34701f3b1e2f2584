"""A request is written as its template says, and a trial's parts go over those it has."""

import pytest

from gateway.marked_yaml import load
from gateway.vendors.expressions import Compiler, Names, Scope
from gateway.vendors.writing import compile_overlay, compile_template, header, with_query, write

NAMES = Names(frozenset(("host",)), frozenset(("key",)))


def made(text, over=None):
    document = load(text, "x.yaml")
    compiler = Compiler(document, NAMES)
    template = compile_template(document.value, compiler, ())
    if over:
        template = template.over(compile_overlay(load(over, "o.yaml").value, compiler, ()))
    assert compiler.findings == []
    scope = Scope({"host": "a.example"}, {"key": "K"}, b"")
    return write(template, template.url.fill(scope), scope)


def test_parts_become_a_request():
    request = made(
        "{url: 'https://{{ settings.host }}/x', headers: {X-Key: = secret.key}, query: {a: b c}, body: {n: 1}}"
    )
    assert (request.method, request.url, request.body) == ("POST", "https://a.example/x?a=b%20c", b'{"n":1}')
    assert request.headers == {"X-Key": "K", "content-type": "application/json"}


@pytest.mark.parametrize(
    ("style", "body", "kind"),
    [
        ("form", b"a=b%20c", "application/x-www-form-urlencoded"),
        ("json", b'{"a":"b c"}', "application/json"),
        ("ndjson", b"", "application/x-ndjson"),
    ],
)
def test_a_body_has_its_style(style, body, kind):
    request = made(f"{{url: 'https://a.example/', style: {style}, body: {{a: b c}}}}")
    assert request.body == body
    assert request.headers.get("content-type", kind) == kind


def test_rows_are_lines():
    assert (
        made("{url: 'https://a.example/', style: ndjson, body: {rows: [{a: 1}, {a: 2}]}}").body == b'{"a":1}\n{"a":2}\n'
    )


def test_an_overlay_goes_over_what_is_there():
    text = "{url: 'https://a.example/x', query: {a: 1}, body: {a: 1, b: 2}, headers: {X-A: a}}"
    request = made(text, "{url: 'https://a.example/y', query: {t: 1}, body: {b: 3}, headers: {X-B: b}}")
    assert (request.url, request.body) == ("https://a.example/y?a=1&t=1", b'{"a":1,"b":3}')
    assert (request.headers["X-A"], request.headers["X-B"]) == ("a", "b")


def test_an_address_that_is_none_is_found():
    document = load("{url: 'https://10.0.0.1/'}", "x.yaml")
    compiler = Compiler(document, NAMES)
    compile_template(document.value, compiler, ())
    assert [finding.code for finding in compiler.findings] == ["M006"]


def test_some_vendors_want_parameters_in_the_path():
    assert with_query("https://a.example/p", {"a": "1/2"}, "", "matrix") == "https://a.example/p;a=1%2F2?"
    assert (
        with_query("https://a.example/p/", {"a": 1, "l": [{"b": 2}]}, "", "segments") == "https://a.example/p/a:1/[b:2]"
    )
    assert with_query("https://a.example/p?x=1", {"a": 1}) == "https://a.example/p?x=1&a=1"
    assert with_query("https://a.example/p", None) == "https://a.example/p"


def test_no_header_can_hold_two_lines():
    assert header("a\r\nb") == "a%0D%0Ab"
    assert header(None) == ""
