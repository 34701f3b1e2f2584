"""Patterns of manifests run in linear time, and their hosts are public names."""

import pytest

from gateway.vendors.patterns import is_public_host, pattern_problem


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9]{5,20}",
        r"(www\.|m\.|pixel\.)?facebook\.com",
        "/(.+/)?(g/collect|ag/g/c)",
        r"[0-9]{1,9}([.,][0-9]{1,4})?",
        "([0-9]{3}-){2}",
        r"fb\.[0-9]\.[0-9]{1,16}",
        "[])}*+?|({]+",
    ],
)
def test_what_manifests_need_is_allowed(pattern):
    assert pattern_problem(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a*)*b", "(a|aa)+", "((a?)){1,9}", "(?:[a-z]{1,3})*", "(a{2,})+", "([a-z]+[.])*x", "((x|y)z)*"],
)
def test_a_repetition_of_what_itself_varies_is_refused(pattern):
    assert "may vary" in pattern_problem(pattern)


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?!a).+", "(?<=a)b", r"(a)\1", "(?i)a"])
def test_what_re2_cannot_do_is_refused(pattern):
    assert "look-around" in pattern_problem(pattern)


def test_many_unbounded_repetitions_are_refused():
    assert pattern_problem(".*a.*") == ""
    assert "unbounded" in pattern_problem(".*a.*b.*")


def test_a_broken_pattern_is_refused():
    assert pattern_problem("(a").startswith("not a regular expression")


@pytest.mark.parametrize("host", ["graph.facebook.com", "px.ads.linkedin.com", "A.Example.ORG", "a-b.example"])
def test_public_names_pass(host):
    assert is_public_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "127.0.0.1", "[::1]", "10.0.0.1", "redis", "db.internal", "a.local", "x.localhost", "a..b.com",
        "-a.com", "a.com.", "", "a b.com", "user@a.com", "a.com:80", "printer.lan", "1.0.0.127.in-addr.arpa",
    ],
)  # fmt: skip
def test_addresses_and_private_names_do_not(host):
    assert not is_public_host(host)
