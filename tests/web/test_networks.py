"""One network has its turns and no other's, and is known by nothing that outlives the process."""

from gateway.region.address import parse
from gateway.web.networks import Networks


def networks():
    return Networks(2, lambda: 100.0, bytes(16))


def taken(asked, *texts):
    return [asked.take(parse(text)) == 0.0 for text in texts]


def test_an_address_has_its_turns_and_the_next_one_its_own():
    assert taken(networks(), "203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.8") == [True, True, False, True]


def test_whoever_has_a_whole_network_has_its_turns_once():
    asked = networks()
    assert taken(asked, "2001:db8::1", "2001:db8::2", "2001:db8::ffff:3") == [True, True, False]
    assert taken(asked, "2001:db8:0:1::1") == [True]


def test_those_whose_address_nobody_knows_share_theirs():
    assert taken(networks(), "", "nobody", "") == [True, True, False]


def test_no_address_is_kept():
    asked = networks()
    asked.take(parse("203.0.113.7"))
    (name,) = asked._rates._free_at
    assert "203" not in name
    assert Networks(2, lambda: 100.0, bytes([1] * 16)).take(parse("203.0.113.7")) == 0.0
    assert len(name) == 32
