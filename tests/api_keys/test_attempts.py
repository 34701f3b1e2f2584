from ipaddress import ip_address

from gateway.api_keys.attempts import AT_ONCE, EVERY_SECONDS, MOST_NETWORKS, Attempts

ONE, OTHER = ip_address("203.0.113.7"), ip_address("203.0.113.8")


def failing(attempts, address, times, now=0.0):
    for _ in range(times):
        attempts.failed(address, now)


def test_some_wrong_keys_are_looked_at_and_then_one_every_few_seconds():
    attempts = Attempts()
    looked_at = 0
    for second in range(600):
        for _ in range(20):
            if not attempts.wait(ONE, second):
                attempts.failed(ONE, second)
                looked_at += 1
    assert AT_ONCE <= looked_at <= AT_ONCE + 600 / EVERY_SECONDS


def test_who_waits_is_looked_at_again():
    attempts = Attempts()
    failing(attempts, ONE, AT_ONCE)
    assert 0 < attempts.wait(ONE, 0.0) <= EVERY_SECONDS
    assert attempts.wait(ONE, EVERY_SECONDS) == 0


def test_nobody_waits_for_somebody_else():
    attempts = Attempts()
    failing(attempts, ONE, 100)
    assert attempts.wait(OTHER, 0.0) == 0


def test_one_network_of_ipv6_is_one_guesser():
    attempts = Attempts()
    for n in range(AT_ONCE):
        attempts.failed(ip_address(f"2001:db8::{n:x}"), 0.0)
    assert attempts.wait(ip_address("2001:db8::ffff"), 0.0) > 0
    assert attempts.wait(ip_address("2001:db8:0:1::1"), 0.0) == 0


def test_however_many_networks_there_are_they_take_bounded_room():
    attempts = Attempts()
    for n in range(3 * MOST_NETWORKS):
        attempts.failed(ip_address(n + (10 << 24)), 0.0)
    assert len(attempts._free_at) <= MOST_NETWORKS + 1
    assert attempts.wait(ip_address("192.0.2.1"), 0.0) > 0
    failing(attempts, ONE, 1, now=1_000_000.0)
    assert attempts.wait(ONE, 1_000_000.0) == 0
    assert len(attempts._free_at) <= 2
