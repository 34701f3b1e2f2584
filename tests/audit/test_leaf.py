"""A leaf says what the list has a form for: nothing of a visitor has one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.leaf import ACTS, canonical, leaf
from tests.house.tree import ROOT

NOW = 1_795_429_200
REQUEST = "019ab0c4-5f00-7abc-8def-0123456789ab"
SAMPLES = {
    "started": {"version": "0.1.0", "role": "all", "keys": ["0a1b2c3d"]},
    "stopped": {},
    "keys.changed": {"before": [], "after": ["0a1b2c3d"]},
    "policy.changed": {"before": "", "after": "0123456789abcdef"},
    "salt.destroyed": {"day": "2026-11-26", "why": "day_over"},
    "api_key.created": {"key": "AbCdEf123_-x", "scopes": ["dead-letters:read"], "by": "local-------"},
    "api_key.revoked": {"key": "AbCdEf123_-x", "by": "local-------"},
    "api_key.rotated": {"key": "AbCdEf123_-x", "after": "ZbCdEf123_-x", "by": "local-------"},
    "dead_letters.replayed": {"destination": "meta", "which": "all", "by": "AbCdEf123_-x"},
    "dead_letters.discarded": {"destination": "meta", "which": "one", "by": "local-------"},
    "destination.resumed": {"destination": "meta", "by": "local-------"},
    "dsr.received": {"request": REQUEST, "type": "erasure", "subjects": ["0" * 64], "by": "AbCdEf123_-x"},
    "dsr.previewed": {"subjects": ["0" * 64], "by": "AbCdEf123_-x"},
    "dsr.verified": {"request": REQUEST, "method": "attested", "by": "AbCdEf123_-x"},
    "dsr.cancelled": {"request": REQUEST, "by": "person------"},
    "dsr.denied": {"request": REQUEST, "reason": "no_match", "by": "AbCdEf123_-x"},
    "dsr.extended": {"request": REQUEST, "by": "AbCdEf123_-x"},
    "dsr.retried": {"request": REQUEST, "by": "AbCdEf123_-x"},
    "dsr.settled": {"request": REQUEST, "target": "destination:meta", "state": "done", "by": "AbCdEf123_-x"},
    "dsr.appealed": {"request": REQUEST, "by": "person------"},
    "dsr.appeal_decided": {"request": REQUEST, "decision": "upheld", "by": "AbCdEf123_-x"},
    "dsr.begun": {"request": REQUEST, "targets": ["journal", "destination:meta"]},
    "dsr.erased": {"request": REQUEST, "keys": 2, "events": 17},
    "dsr.ended": {"request": REQUEST, "outcome": "done_with_exceptions"},
    "dsr.replayed": {"requests": 3},
    "dsr.code_sent": {"request": REQUEST, "by": "AbCdEf123_-x"},
    "dsr.package_linked": {"request": REQUEST, "by": "AbCdEf123_-x"},
    "dsr.package_taken": {"request": REQUEST, "by": "AbCdEf123_-x"},
    "suppression.set": {"purpose": "all", "subjects": ["0" * 64], "by": "AbCdEf123_-x"},
    "suppression.lifted": {"purpose": "ads", "subjects": ["0" * 64], "by": "AbCdEf123_-x"},
    "suppression.checked": {"subjects": ["0" * 64], "by": "AbCdEf123_-x"},
    "consent.recorded": {"records": ["0" * 64]},
    "consent.exported": {"by": "AAAABBBBCCCC"},
    "log.gap": {"lost": 7},
}


def test_there_is_a_sample_of_every_act():
    assert SAMPLES.keys() == ACTS.keys()


@pytest.mark.parametrize("act", ACTS)
def test_every_act_is_written_in_the_one_spelling(act):
    written = leaf(act, NOW + 0.9, **SAMPLES[act])
    told = json.loads(written)
    assert told == {"v": 1, "act": act, "at": "2026-11-23T10:20:00Z", **SAMPLES[act]}
    assert canonical(told) == written


@pytest.mark.parametrize("act", ACTS)
def test_every_act_is_described(act):
    assert f"| `{act}` |" in (ROOT / "docs/how-to/keep-evidence.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("act", "field"), [(act, field) for act in ACTS for field in ACTS[act]])
def test_nothing_of_a_hit_fits_into_a_leaf(act, field):
    for value in ["jane@shop.example", "203.0.113.7", "+49 30 1234567", "Jane Doe", "2001:db8::1", "a" * 65, "\n", "é"]:
        changed = [value] if isinstance(SAMPLES[act][field], list) else value
        with pytest.raises(ValueError, match=act) as raised:
            leaf(act, NOW, **{**SAMPLES[act], field: changed})
        assert value not in str(raised.value) or value == "\n"


@pytest.mark.parametrize("act", ACTS)
def test_no_field_is_missing_and_none_is_added(act):
    with pytest.raises(ValueError, match="no such act"):
        leaf(act, NOW, **SAMPLES[act], email="x")
    for field in ACTS[act]:
        with pytest.raises(ValueError, match="no such act"):
            leaf(act, NOW, **{name: value for name, value in SAMPLES[act].items() if name != field})


@given(st.text())
def test_there_is_no_act_but_those_of_the_list(act):
    if act not in ACTS:
        with pytest.raises(ValueError, match="no such act"):
            leaf(act, NOW)
