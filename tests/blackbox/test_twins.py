"""A running gateway tells an action once, though the beacons come one after the other and the first was delivered long since."""

import pytest

from gateway.canary.artefacts import Search
from gateway.canary.marks import Mark
from gateway.canary.search import Index
from tests.blackbox.destination import Destination
from tests.blackbox.running import COUNTRY_HEADER, DESTINATIONS, PURPOSES, Gateway, choose

ID = "5bf79ccb-a90a-42bd-ad4e-0cc34879bb56"
ORDER, AGENT, ADDRESS = "CNRY-7730219", "CnryBrowser/81.7", "198.51.100.217"
SALE = f"merchant=82524&amount=9.90&cr=EUR&ref={ORDER}"
ONE = (
    ("/g/x_adsct/1/i/adsct", f"txn_id=o8z6j&event_id={ID}"),
    ("/g/x_adsct/1/i/adsct", f"txn_id=o8z6j&event_id={ID}"),
)
OTHER = (("/g/awin_sread/sread.img", SALE), ("/g/awin_sread/sread.php", SALE), ("/g/awin_sread/sread.js", SALE))


@pytest.fixture
def hook():
    with Destination() as hook:
        yield hook


def start(directory, hook):
    """A gateway with these pixels for a source of the hook; the other destination gets nothing."""
    sources = {"meta": DESTINATIONS["meta"]["sources"], "hook": ["x_adsct", "awin_sread"]}
    connected = {name: {**each, "sources": sources[name], "endpoint": hook.url} for name, each in DESTINATIONS.items()}
    return Gateway(directory, dict.fromkeys(DESTINATIONS, hook), {"destinations": connected})


def told(gateway, beacons, cookie=""):
    headers = {COUNTRY_HEADER: "DE", "User-Agent": AGENT, "X-Forwarded-For": ADDRESS, "Cookie": cookie}
    for path, query in beacons:
        assert gateway.ask("GET", f"{path}?{query}", headers).status == 200
        gateway.drain()


def test_an_action_is_delivered_once_and_of_a_refused_beacon_nothing_is_left(tmp_path, hook):
    with start(tmp_path, hook) as gateway:
        told(gateway, OTHER[:1], choose(gateway))
        scanner = Search(Index(Mark("a hit", value, value) for value in (ORDER, AGENT, ADDRESS)))
        scanner.look_into(gateway.data)
        scanner.look("log", gateway.log.read_bytes())
        assert (list(scanner.finds), hook.requests) == ([], [])
        told(gateway, (*ONE, *OTHER), choose(gateway, yes=PURPOSES))
        assert len(hook.deliveries()) == 2
        assert gateway.metrics()['gateway_merged_total{destination="hook"}'] == 3
