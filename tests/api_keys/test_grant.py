import hashlib
from ipaddress import ip_address, ip_network

import pytest

from gateway.api_keys.grant import LOCAL, SCOPES, Asked, Grant, Verdict, plain, weigh
from gateway.api_keys.token import ID, Presented

ID_ = "AbCdEf123_-x"
DIGEST = hashlib.sha256(b"secret").digest()
GRANT = Grant(ID_, DIGEST, frozenset({"metrics"}), (), 1_000, 2_000)
SHOWN = Presented(ID_, DIGEST)
ASKED = Asked("metrics", ip_address("203.0.113.7"), 1_500)
INSIDE = GRANT._replace(networks=(ip_network("203.0.113.0/24"), ip_network("2001:db8::/32")))


def test_a_key_may_what_its_scope_says():
    assert weigh([GRANT], SHOWN, ASKED) is Verdict.MAY
    assert weigh([INSIDE], SHOWN, ASKED) is Verdict.MAY
    assert weigh([INSIDE], SHOWN, ASKED._replace(address=ip_address("2001:db8::1"))) is Verdict.MAY


@pytest.mark.parametrize("scope", [*sorted(SCOPES.keys() - {"metrics"}), "", "metric", "dsr:read"])
def test_it_may_nothing_else(scope):
    assert weigh([GRANT], SHOWN, ASKED._replace(scope=scope)) is Verdict.LACKS


@pytest.mark.parametrize(
    ("grants", "shown", "asked"),
    [
        ([], SHOWN, ASKED),
        ([GRANT], None, ASKED),
        ([GRANT], SHOWN._replace(id="ZbCdEf123_-x"), ASKED),
        ([GRANT], SHOWN._replace(digest=bytes(32)), ASKED),
        ([GRANT], SHOWN, ASKED._replace(now=2_000)),
        ([INSIDE], SHOWN, ASKED._replace(address=ip_address("203.0.114.7"))),
        ([INSIDE], SHOWN, ASKED._replace(address=None)),
        ([GRANT], Presented("ZbCdEf123_-x", bytes(32)), ASKED),
    ],
)
def test_whatever_is_missing_makes_a_stranger(grants, shown, asked):
    assert weigh(grants, shown, asked) is Verdict.STRANGER


def test_an_address_is_the_same_however_it_is_written():
    assert plain("::ffff:127.0.0.1") == plain("127.0.0.1") == ip_address("127.0.0.1")
    assert plain("fe80::1%eth0") == ip_address("fe80::1")
    assert plain("") is plain("localhost") is None


def test_who_works_at_the_machine_has_an_id_like_others():
    assert ID.fullmatch(LOCAL)
