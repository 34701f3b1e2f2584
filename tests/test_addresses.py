import ipaddress
import socket

import pytest

from gateway.addresses import LOOPBACK, guarded, may_reach, reachable

# Loopback, private, shared, link-local, documentation, reserved and multicast, and every disguise of them.
NOT_GLOBAL = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1", "192.0.0.8",
    "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a00:1",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
    "2002:808:808::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1", "3fff::1", "5f00::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_GLOBAL)
def test_an_address_that_is_not_the_open_internets_is_not_reached(address):
    assert may_reach(ipaddress.ip_address(address)) is False


@pytest.mark.parametrize("address", ["8.8.8.8", "192.0.1.1", "100.63.255.255", "2606:4700::1111", "2a00:1450:4001::1"])
def test_a_global_address_is_reached(address):
    assert may_reach(ipaddress.ip_address(address)) is True


def test_only_the_networks_that_the_operator_named_are_reached_besides():
    allowed = [may_reach(ipaddress.ip_address(address), LOOPBACK) for address in ("127.0.0.1", "::1", "10.0.0.1")]
    assert allowed == [True, True, False]


def test_own_networks_alone_are_reached_without_tls():
    assert may_reach(ipaddress.ip_address("8.8.8.8"), LOOPBACK, own_only=True) is False
    assert may_reach(ipaddress.ip_address("127.0.0.1"), LOOPBACK, own_only=True) is True


def place(address, scope=0):
    where = (address, 443, 0, scope) if ":" in address else (address, 443)
    return (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", where)


def test_of_several_places_only_those_that_may_be_reached_are_left():
    places = [place("8.8.8.8"), place("127.0.0.1"), place("2606:4700::1111"), place("2606:4700::1111", scope=2)]
    assert reachable(places, ()) == [places[0], places[2]]


def test_no_socket_is_made_for_an_address_that_may_not_be_reached():
    with pytest.raises(PermissionError):
        guarded(place("127.0.0.1"), ())
    with guarded(place("127.0.0.1"), LOOPBACK) as made:
        assert made.family == socket.AF_INET
