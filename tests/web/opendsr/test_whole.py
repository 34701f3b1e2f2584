"""On a whole gateway: handed in, worked through, told to the controller; a person that nobody knows is no success."""

import asyncio
import json
import time

import pytest

from gateway.audit.sqlite import FILE, read
from gateway.bootstrap.machine import local_key, machine_keys
from gateway.web.opendsr.words import BASE, LEGACY
from tests.blackbox.running import free_port
from tests.web.opendsr.making import DOMAIN, ID, body, key, openssl_verifies, ours, pem
from tests.web.opendsr.test_callbacks import Controller
from tests.web.privacy.visiting import SETTINGS, Browser, Site

OPENDSR = f"""\
opendsr:
  domain: {DOMAIN}
  key: {{file: opendsr.key}}
  certificate: opendsr.pem
rights:
  webhooks:
    secret: {{file: webhooks.secret}}
    hosts: ["127.0.0.1:PORT"]
    allow_networks: [127.0.0.0/8]
"""


def settings(port=1):
    return SETTINGS + OPENDSR.replace("PORT", str(port))


def files(directory, private=None, chain=None):
    written = {"opendsr.key": private or pem(key()), "opendsr.pem": chain or ours().certificate}
    written["webhooks.secret"] = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    for name, content in written.items():
        (directory / name).write_bytes(content)
        (directory / name).chmod(0o600)


class Admin:
    """The admin listener of a site, to which the machine's own key is shown."""

    def __init__(self, site):
        self.site = site

    def ask(self, method, path, sent=b"", *, shown=True):
        credential = {"authorization": f"Bearer {local_key(machine_keys(self.site.data))}"} if shown else {}
        headers = {"content-type": "application/json", **credential}
        messages = []

        async def receive():
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message):
            messages.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "query_string": b"", "client": ("127.0.0.1", 1), "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()], "scheme": "http",
        }  # fmt: skip
        self.site.run(self.site.gateway.admin(scope, receive, send))
        told = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        return messages[0]["status"], told, b"".join(each.get("body", b"") for each in messages[1:])


@pytest.fixture(scope="module")
def admin(tmp_path_factory):
    """The admin listener of a site that speaks OpenDSR."""
    directory = tmp_path_factory.mktemp("site")
    files(directory)
    with Site(directory, settings()) as site:
        yield Admin(site)


def completed(admin, path=f"{BASE}/requests/{ID}"):
    """The status of the request when it has ended."""
    deadline = time.monotonic() + 20
    while True:
        status, _, text = admin.ask("GET", path)
        told = json.loads(text)
        if status != 200 or told["request_status"] == "completed":
            return told
        assert time.monotonic() < deadline, told
        admin.site.run(asyncio.sleep(0.05))


def test_a_visitor_is_erased_and_the_controller_hears_of_each_step(tmp_path):
    controller, port = Controller(), free_port()
    files(tmp_path)
    with Site(tmp_path, settings(port)) as site:
        listening = site.run(asyncio.start_server(controller.serve, "127.0.0.1", port))
        browser, admin = Browser(site), Admin(site)
        browser.choose(ads=True, visits=True)
        assert browser.buy() == 1
        url = f"http://127.0.0.1:{port}/opendsr_callbacks"
        visitors = {DOMAIN: {"visitor_ids": [browser.jar["__Host-consent"]]}}
        sent = body(subject_identities=None, extensions=visitors, status_callback_urls=[url])
        status, headers, text = admin.ask("POST", f"{BASE}/requests", sent)
        assert (status, "encoded_request" in json.loads(text)) == (201, False)
        assert openssl_verifies(tmp_path, ours().certificate, text, headers["x-opendsr-signature"])
        truth = completed(admin)["extensions"][DOMAIN]
        assert truth["outcome"] in ("done", "done_with_exceptions")
        assert {each["target"]: each["deleted"] for each in truth["tasks"]}["store"] > 0
        site.until(lambda: any(b'"completed"' in text for _, _, text, _ in controller.taken), 20)
        told = [json.loads(text)["request_status"] for _, _, text, _ in controller.taken]
        assert told == sorted(told, key=["pending", "in_progress", "completed"].index)
        assert all(openssl_verifies(tmp_path, ours().certificate, text, sign) for _, _, text, sign in controller.taken)
        assert browser.jar["__Host-consent"].encode() not in b"".join(text for _, _, text, _ in controller.taken)
        listening.close()
        acts = [json.loads(row.leaf)["act"] for row in read(site.data / FILE).rows]
        assert "dsr.received" in acts


def test_the_same_request_again_is_that_one_and_another_body_is_a_conflict(admin):
    sent = body(extensions=None, status_callback_urls=None)
    answers = [admin.ask("POST", path, sent) for path in (f"{BASE}/requests", LEGACY)]
    assert [status for status, _, _ in answers] == [201, 201]
    assert len({json.loads(text)["extensions"][DOMAIN]["request"] for _, _, text in answers}) == 1
    other = body(extensions=None, status_callback_urls=None, subject_request_type="access")
    status, _, text = admin.ask("POST", LEGACY, other)
    assert (status, json.loads(text)["error"]["errors"][0]["reason"]) == (400, "idempotency-conflict")
    told = completed(admin, f"{LEGACY}/{ID}")
    assert told["extensions"][DOMAIN]["outcome"] == "no_match"


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        ({"identity_type": "email", "identity_value": "canary", "identity_format": "raw"}, "invalid-identity"),
        ({"identity_type": "email", "identity_value": "ab" * 16, "identity_format": "md5"}, "unsupported-identity"),
        (
            {"identity_type": "roku_publisher_id", "identity_value": "canary", "identity_format": "raw"},
            "unsupported-identity",
        ),
    ],
)
def test_an_identity_that_says_nothing_is_refused_and_kept_nowhere(admin, identity, reason):
    sent = body(subject_identities=[identity], extensions=None, status_callback_urls=None)
    other = ID.replace("a", "b", 1)
    sent = sent.replace(ID.encode(), other.encode())
    status, _, text = admin.ask("POST", f"{BASE}/requests", sent)
    assert (status, json.loads(text)["error"]["errors"][0]["reason"], b"canary" in text) == (400, reason, False)
    assert admin.ask("GET", f"{BASE}/requests/{other}")[0] == 404


def test_without_a_key_only_the_certificate_and_what_is_understood_can_be_had(admin):
    paths = ["discovery", "cert.pem", f"requests/{ID}", f"status/{ID}", "requests", "", "x"]
    statuses = {path: admin.ask("GET", f"{BASE}/{path}", shown=False)[0] for path in paths}
    assert statuses == {"discovery": 200, "cert.pem": 200, **dict.fromkeys(paths[2:], 401)}
    assert admin.ask("POST", LEGACY, body(), shown=False)[0] == 401


def test_where_it_is_not_set_up_nobody_listens(tmp_path):
    with Site(tmp_path) as site:
        statuses = [Admin(site).ask("GET", path)[0] for path in (f"{BASE}/discovery", f"{BASE}/requests/{ID}", LEGACY)]
        assert statuses == [404, 404, 404]
