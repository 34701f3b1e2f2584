import asyncio
import ssl
import time
from email.utils import formatdate
from ipaddress import ip_network

import pytest

from gateway.bootstrap.plan import read_ground
from gateway.doctor import egress as egress_
from gateway.doctor.certificates import certificates
from gateway.doctor.clock import ahead
from gateway.doctor.egress import Why, beside, egress, urls, why
from gateway.sender import Route
from gateway.settings.model import DestinationSettings
from gateway.settings.read import load_settings
from tests.blackbox.destination import Behaviour, Destination
from tests.blackbox.running import free_port
from tests.bootstrap.configuration import GATEWAY, write
from tests.certificates import certificate

NOW = 1_800_000_000
LOOPBACK = (ip_network("127.0.0.0/8"),)


def plan(folder, endpoint):
    return read_ground(write(folder, f"{GATEWAY}    endpoint: {endpoint}\n    allow_loopback: true\n"))


def contexts(folder, host="127.0.0.1", days=(-1, 30)):
    """Of a server, and of a client that trusts it."""
    path = certificate(folder / "pair.pem", host, days)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    client = ssl.create_default_context()
    client.load_verify_locations(path)
    return server, client


def test_a_host_that_answers_is_fine_and_tells_the_time(tmp_path):
    with Destination() as vendor:
        vendor.behave(Behaviour(status=404, headers={"Date": formatdate(NOW - 500, usegmt=True)}, body=b""))
        reached = asyncio.run(egress(plan(tmp_path, vendor.url), lambda: NOW))
        (request,) = vendor.requests
    own, meta = sorted(reached.results, key=lambda result: result.about, reverse=True)
    assert (own.verdict, meta.verdict) == ("fine", "fine") and "404" in meta.says
    assert [ahead(reading) for reading in reached.readings] == [499]  # a Date is of a whole second
    assert request.head.startswith(b"HEAD / ") and request.body == b""
    names = {line.partition(b":")[0].lower() for line in request.head.split(b"\r\n")[1:] if line}
    assert names <= {b"host", b"user-agent", b"accept-encoding"}


def test_a_host_that_is_not_there_is_told_by_the_step_that_fails(tmp_path):
    reached = asyncio.run(egress(plan(tmp_path, f"http://127.0.0.1:{free_port()}"), time.time))
    (told,) = [result for result in reached.results if result.verdict == "wrong"]
    assert "no connection to port" in told.says and told.do and reached.readings == []


@pytest.mark.parametrize(
    ("host", "trusted", "says"),
    [("127.0.0.1", False, "its certificate is not taken"), ("127.0.0.1", True, "does not answer")],
)
def test_tls_that_fails_is_told_apart_from_silence(tmp_path, host, trusted, says):
    server, client = contexts(tmp_path, host)
    with Destination(tls=server) as vendor:
        told = asyncio.run(why(f"{vendor.url}/", Route(networks=LOOPBACK), client if trusted else None))
    assert says in told.says


def test_an_address_of_ones_own_network_is_reached_by_permission_only():
    told = asyncio.run(why("https://localhost/", Route()))
    assert "no address of the open internet" in told.says and "allow_networks" in told.do


def test_a_name_that_nobody_knows_is_told(monkeypatch):
    def nobody(host, port):
        raise OSError

    monkeypatch.setattr(egress_, "ask_the_system", nobody)
    assert isinstance(told := asyncio.run(why("https://nowhere.invalid/", Route())), Why)
    assert "looked up" in told.says


def test_tls_is_left_out_only_where_the_settings_say_so():
    plain = DestinationSettings(enabled=False, settings={"url": "http://clicks.intranet:8123/x"})
    assert urls(Route(frozenset(("clicks.intranet:8123", "other.example"))), plain) == [
        "http://clicks.intranet:8123/",
        "https://other.example/",
    ]


@pytest.mark.parametrize(
    ("host", "days", "verdict"),
    [("localhost", (-1, 60), "fine"), ("localhost", (-1, 9), "doubtful"), ("other.example", (-1, 60), "wrong")],
)
def test_the_certificate_of_a_site_is_looked_at(tmp_path, host, days, verdict):
    server, client = contexts(tmp_path, host, days)
    with Destination(tls=server) as front:
        (told,) = asyncio.run(certificates(["localhost"], time.time, client, front.port))
    assert told.verdict == verdict


def test_a_site_that_is_not_reached_cannot_be_said():
    (told,) = asyncio.run(certificates(["localhost"], time.time, port=free_port()))
    assert told.verdict == "cannot say"


def test_whom_the_gateway_speaks_to_beside_vendors_is_asked_too(tmp_path):
    text = """\
rights: {webhooks: {url: "https://care.example/persons", codes: "http://10.1.2.3:8080/x", secret: {file: s}, allow_networks: [10.1.0.0/16]}}
oidc:
  staff: {issuer: i, audience: a, jwks: "https://login.example/keys", scopes: {}}
  file: {issuer: j, audience: a, jwks: keys.json, scopes: {}}
traces: {endpoint: "http://127.0.0.1:4318", allow_loopback: true}
"""
    asked = [(name, url) for name, url, _ in beside(load_settings(write(tmp_path, GATEWAY + text)))]
    assert asked == [
        ("oidc.staff", "https://login.example/"),
        ("rights.webhooks", "https://care.example/"),
        ("rights.webhooks", "http://10.1.2.3:8080/"),
        ("traces", "http://127.0.0.1:4318/"),
    ]
