"""Requests as others write them are read; what is wrong with one is told without a word of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dsr.request import Identity, Type
from gateway.web.opendsr.read import NO_REGULATION, Wrong, is_id, read
from tests.web.opendsr.making import CONTROLLER, DOMAIN, HOUSE, ID, body

EMAIL = Identity("email", "johndoe@example.com")
COOKIE = Identity("visitor_id", "v1.a.b")


def test_the_example_of_the_specification_is_read():
    asked = read(body(), HOUSE)
    assert (asked.draft.subject_request_id, asked.draft.type, asked.draft.regulation) == (ID, Type.ERASURE, "gdpr")
    assert asked.draft.identities == (EMAIL, COOKIE)
    assert (asked.callbacks, asked.warnings, asked.in_clear) == (
        (f"https://{CONTROLLER}/opendsr_callbacks",), (), True,
    )  # fmt: skip


def test_a_request_without_a_regulation_is_read_as_the_operator_says_and_warned_about():
    asked = read(body(regulation=None), HOUSE._replace(regulation="ccpa"))
    assert (asked.draft.regulation, asked.warnings) == ("ccpa", (NO_REGULATION,))


@pytest.mark.parametrize(
    "identities",
    [
        {"email": "johndoe@example.com"},
        {"email": {"value": "johndoe@example.com", "encoding": "raw"}},
        {"email": {"value": "johndoe@example.com"}},
        {"email": {"identity_value": "johndoe@example.com", "identity_format": "raw"}},
    ],
)
def test_a_dictionary_of_identities_says_the_same_as_a_list(identities):
    assert read(body(subject_identities=identities), HOUSE).draft == read(body(), HOUSE).draft


def test_identities_may_stand_in_the_extension_alone_and_others_extensions_are_not_read():
    assert read(body(subject_identities=None), HOUSE).draft.identities == (COOKIE,)
    theirs = {"other.example": {"visitor_ids": [7]}}
    assert read(body(extensions=theirs), HOUSE).draft.identities == (EMAIL,)


def test_hashed_identities_alone_are_not_in_clear():
    hashed = [{"identity_type": "email", "identity_value": "ab" * 32, "identity_format": "sha256"}]
    asked = read(body(subject_identities=hashed, extensions=None), HOUSE)
    assert (asked.draft.identities, asked.in_clear) == ((Identity("email", "ab" * 32, "sha256"),), False)


@pytest.mark.parametrize("name", ["subject_request_id", "subject_request_type", "submitted_time"])
def test_what_is_required_is_told_by_its_name(name):
    with pytest.raises(Wrong, match=f"^{name} is required$") as raised:
        read(body(**{name: None}), HOUSE)
    assert raised.value.reason == "missing-member"


@pytest.mark.parametrize(
    ("reason", "changed"),
    [
        ("invalid-member", {"subject_request_id": ID.upper()}), ("invalid-member", {"subject_request_id": ID[:-1]}),
        ("invalid-member", {"subject_request_id": "a7551968-d5d6-14b2-9831-815ac9017798"}),
        ("invalid-member", {"subject_request_id": 7}), ("invalid-member", {"submitted_time": "yesterday"}),
        ("invalid-member", {"submitted_time": "2018-13-02T15:00:00Z"}), ("invalid-member", {"submitted_time": "2018-10-02"}),
        ("invalid-member", {"submitted_time": 1_538_492_400}), ("invalid-member", {"regulation": 7}),
        ("unsupported-regulation", {"regulation": "canary"}), ("unsupported-regulation", {"regulation": ""}),
        ("unsupported-request-type", {"subject_request_type": "canary"}),
        ("unsupported-request-type", {"subject_request_type": "opt_out"}),
        ("invalid-identities", {"subject_identities": "canary"}), ("invalid-identities", {"subject_identities": ["canary"]}),
        ("missing-member", {"subject_identities": [{"identity_type": "email", "identity_value": "canary"}]}),
        ("missing-member", {"subject_identities": {"email": {}}}),
        ("invalid-member", {"subject_identities": [{"identity_type": 7, "identity_value": "a", "identity_format": "raw"}]}),
        ("invalid-identities", {"subject_identities": {"email": 7}}),
        ("invalid-identities", {"subject_identities": {"email": {"value": "canary", "encoding": "rot13"}}}),
        ("invalid-identities", {"subject_identities": None, "extensions": None}),
        ("invalid-identities", {"subject_identities": [], "extensions": {}}),
        ("invalid-identities", {"subject_identities": {f"id.{n}": "canary" for n in range(17)}}),
        ("invalid-extensions", {"extensions": []}), ("invalid-extensions", {"extensions": {DOMAIN: []}}),
        ("invalid-extensions", {"extensions": {DOMAIN: {"visitor_ids": "canary"}}}),
        ("invalid-extensions", {"extensions": {DOMAIN: {"visitor_ids": [7]}}}),
        ("invalid-member", {"status_callback_urls": "canary"}), ("invalid-member", {"status_callback_urls": ["x"] * 9}),
    ],
)  # fmt: skip
def test_what_has_no_form_is_refused(reason, changed):
    with pytest.raises(Wrong) as raised:
        read(body(**changed), HOUSE)
    assert raised.value.reason == reason
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"canary", b"{", b'{"a":1,"a":2}', body()[:-1] + b",}", b"\xff" + body(), b"[" * 5_000, b'"x"']
)
def test_what_is_no_json_that_everybody_reads_alike_is_refused(text):
    with pytest.raises(Wrong) as raised:
        read(text, HOUSE)
    assert (raised.value.reason, "canary" in str(raised.value)) == ("malformed-json", False)


@pytest.mark.parametrize(
    "url",
    [
        "http://ctl.example/x", "https://evil.example/x", "https://ctl.example.evil.example/", "https://ctl.example:444/",
        "https://user@ctl.example/", "https://ctl.example@evil.example/", "https:ctl.example", "//ctl.example/x", "", 7,
        "https://ctl.example\\@evil.example/", "https://ctl.example/ x", "https://ctl.example/\u0430", "https://ctl.example:x/",
        "https://ctl.example/" + "x" * 2_048, "file:///etc/passwd", "https://127.0.0.1/", "https://[::1]/",
    ],
)  # fmt: skip
def test_a_callback_leads_to_a_host_on_the_list_and_nowhere_else(url):
    with pytest.raises(Wrong) as raised:
        read(body(status_callback_urls=[url]), HOUSE)
    assert raised.value.reason == "callback-not-allowed"


def test_callbacks_may_name_a_port_that_is_on_the_list_and_are_told_once():
    urls = [
        "https://ctl.example:8443/a?b=c",
        "https://CTL.example/",
        "https://ctl.example:443/",
        "https://ctl.example:8443/a?b=c",
    ]
    assert read(body(status_callback_urls=urls), HOUSE).callbacks == tuple(urls[:3])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = [*json.loads(body())]


@given(st.dictionaries(st.sampled_from(MEMBERS), json_values, max_size=3))
def test_whatever_stands_in_a_request_it_is_read_or_refused(changed):
    try:
        assert read(body(**changed), HOUSE).draft.identities
    except Wrong as wrong:
        assert wrong.reason


def test_an_id_is_a_uuid_of_version_4_in_lower_case():
    assert is_id(ID)
    assert not any(map(is_id, ["", ID.upper(), ID + "\n", ID.replace("-", ""), f"{{{ID}}}"]))
