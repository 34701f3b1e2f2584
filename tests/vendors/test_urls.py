"""Only the manifest and the operator decide where a request goes."""

import pytest

from gateway.marked_yaml import load
from gateway.vendors.expressions import Compiler, Names, Scope
from gateway.vendors.urls import compile_url


def template(url):
    compiler = Compiler(load("v: 1", "x.yaml"), Names(frozenset({"host", "path", "url"})))
    made, _, problem = compile_url(url, compiler, ("v",))
    return made, problem or "; ".join(str(finding) for finding in compiler.findings)


def scope(**settings):
    made = Scope(settings, {}, b"")
    made.account = "1/../2?x=#"
    return made


def test_values_of_an_event_are_encoded_and_those_of_the_operator_are_not():
    made, problem = template("https://{{ settings.host }}/v1/{{ account }}/{{ settings.path }}")
    assert problem == ""
    assert made.fill(scope(host="api.example.com", path="a/b")) == "https://api.example.com/v1/1%2F..%2F2%3Fx%3D%23/a/b"
    assert made.authority(scope(host="API.example.com", path="a")) == "api.example.com"


def test_a_missing_value_makes_no_address():
    assert template("https://a.example.com/{{ order.id }}")[0].fill(scope()) is None


@pytest.mark.parametrize(
    "url",
    ["https://graph.facebook.com/x", "{{ settings.url }}", "file://{{ settings.path }}",
     "https://{{ settings.host | default('a.example') }}/x?y={{ order.id }}"],
)  # fmt: skip
def test_an_address_may_be(url):
    assert template(url)[1] == ""


@pytest.mark.parametrize(
    "url",
    ["http://graph.facebook.com/x", "https://localhost/x", "https://127.0.0.1/x", "https://{{ account }}/x",
     "https://{{ settings.host }}.{{ order.id }}.com/", "{{ page.url }}", "file://{{ order.id }}", "https://a..b/x",
     "https://{{ settings.nope }}/", "https://db.internal:5432/"],
)  # fmt: skip
def test_an_address_may_not_be(url):
    assert template(url)[1] != ""
