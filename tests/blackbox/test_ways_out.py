"""Nothing that settings, pages, answers or the environment say makes a running gateway connect to anybody else."""

import json
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.blackbox.destination import Behaviour, Destination
from tests.blackbox.misbehaviours import POLICY
from tests.blackbox.running import ACCOUNT, COUNTRY_HEADER, HOST, PURPOSES, Gateway, choose
from tests.spellings import BAIT, HOSTS, private_address, trap

_DESTINATION = (
    "  {name}: {{party: processor, controller_country: DE, events: {{purchase: [insight], page_view: [insight]}}, "
    "fields: [event.name, event.id, event.time, page.url, order.id]}}"
)
TEMPLATE = {"host", "user-agent", "accept-encoding", "content-length", "content-type"}
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture
def traps():
    with ExitStack() as stack:
        first = stack.enter_context(trap(HOST))
        others = []
        for host in ("::1", private_address()):
            try:
                others.append(stack.enter_context(trap(host, first.port)))
            except OSError:  # a machine without such an address
                continue
        yield [first, *others]


def readable(host):
    """What `gateway check` takes for the address of a receiver; it refuses the rest by itself."""
    return all(letter not in host for letter in " #?%@") and host.isascii()


def test_nobody_else_is_connected_to_whatever_settings_pages_answers_and_environment_say(tmp_path, traps):
    port = traps[0].port
    where = {f"spelled_{n}": f"https://{host}:{port}/in" for n, host in enumerate(filter(readable, HOSTS))}
    assert len(where) > 40
    moved = {"Location": f"http://{HOST}:{port}/", "Refresh": f"0; url=http://{HOST}:{port}/"}
    with Destination() as witness:
        witness.behave(Behaviour(status=302, headers=moved))
        connected = {
            name: {"vendor": "battery", "sources": ["events", "meta_pixel"], "settings": {"url": url}}
            for name, url in where.items()
        }
        connected["witness"] = {
            "vendor": "battery", "sources": ["events", "meta_pixel"], "settings": {"url": "https://witness.example/in"},
            "endpoint": witness.url, "allow_loopback": True,
        }  # fmt: skip
        vendors = tmp_path / "vendors"
        vendors.mkdir()
        (vendors / "battery.yaml").write_text(Path(__file__).with_name("battery.yaml").read_text())
        policy = POLICY.format(destinations="\n".join(_DESTINATION.format(name=name) for name in connected))
        settings = {"destinations": connected, "vendors_dir": "vendors"}
        environment = {name: f"http://user:secret@{HOST}:{port}" for name in PROXIES}
        names = {"meta": witness, "hook": witness}
        with Gateway(tmp_path, names, settings, policy, environment=environment) as gateway:
            cookie = choose(gateway, yes=PURPOSES)
            for bait in BAIT:
                hit(gateway, cookie, bait.format(f"{HOST}:{port}"))
            wait_until_all_were_tried(gateway, connected)
            assert [each.sprung() for each in traps] == [0] * len(traps)
            assert witness.requests
            assert {name for request in witness.requests for name in names_of(request.head)} == TEMPLATE


def names_of(head):
    return {line.split(b":")[0].lower().decode() for line in head.split(b"\r\n")[1:] if line}


def hit(gateway, cookie, bait):
    """A purchase whose page, referrer, host headers and parameters are all bait, with headers that others pass on."""
    headers = {"Cookie": cookie, COUNTRY_HEADER: "DE", "Content-Type": "application/json"}
    plain = "".join(letter for letter in bait if 32 < ord(letter) < 127)
    passed_on = {
        "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
        "X-Request-Id": "1",
        "Via": "1.1 x",
        "Authorization": "x",
    }
    spoofed = {
        **passed_on,
        "X-Forwarded-For": HOST,
        "Referer": plain,
        "X-Forwarded-Host": plain,
        "X-Original-URL": plain,
        "Forwarded": f'host="{HOST}"',
    }
    body = {"name": "purchase", "page": {"url": bait, "referrer": bait}, "url": bait, "endpoint": bait, "next": bait}
    gateway.ask("POST", "/e", {**headers, **spoofed}, json.dumps(body).encode())
    for letter in ("dl", "rl", "url", "redirect", "r", "u"):
        query = f"id={ACCOUNT}&ev=Purchase&{letter}={plain.replace('&', '%26').replace('#', '%23')}"
        gateway.ask("GET", f"/g/meta_pixel/tr?{query}", {"Cookie": cookie, COUNTRY_HEADER: "DE"})


def wait_until_all_were_tried(gateway, connected):
    deadline = time.monotonic() + 60
    while True:
        lanes = json.loads(gateway.ask("GET", "/readyz", port=gateway.admin_port).body)["lanes"]
        if all(lanes[name] in ("failing", "disabled") for name in connected if name != "witness"):
            return
        assert time.monotonic() < deadline, lanes
        time.sleep(0.2)
