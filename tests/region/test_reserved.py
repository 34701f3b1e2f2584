from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.region.reserved import is_evidence


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), st.ip_addresses(v=6, network="2000::/3")))
@settings(max_examples=500, deadline=None)
def test_what_the_standard_library_takes_for_nobodys_is_no_evidence(address):
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not is_evidence(address)


@pytest.mark.parametrize(
    "text",
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "224.0.0.0/4", "2001:db8::/32"],
)
def test_a_range_ends_where_it_ends(text):
    network = ip_network(text)
    assert not is_evidence(network[0])
    assert not is_evidence(network[-1])
    assert text == "224.0.0.0/4" or is_evidence(network[-1] + 1)
    assert is_evidence(network[0] - 1) or text == "2001:db8::/32"


@pytest.mark.parametrize("text", ["1.0.0.0", "223.255.255.255", "2003::", "2a00:1450::1", "2600::", "2c0f::1"])
def test_what_is_handed_out_is_evidence(text):
    assert is_evidence(ip_address(text))
