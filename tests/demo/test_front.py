"""The front of the demo answers this machine and its own pages, and nobody else."""

import http.client
import re
from contextlib import closing
from urllib.parse import urlsplit

import pytest

AGENT = {"user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0"}


@pytest.fixture
def ask(demo):
    address = urlsplit(demo)

    def once(method, target, headers=None, body=None):
        with closing(http.client.HTTPConnection(address.hostname, address.port, timeout=60)) as connection:
            connection.request(method, target, body, {**AGENT, **(headers or {})})
            answer = connection.getresponse()
            return answer, answer.read().decode("utf-8", "replace")

    return once


@pytest.mark.parametrize("host", ["shop.example", "127.0.0.1.attacker.example", "127.0.0.1@attacker.example"])
def test_another_host_gets_nothing(ask, host):
    answer, _ = ask("GET", "/demo", {"host": host})
    assert answer.status in (400, 421)


@pytest.mark.parametrize("target", ["/demo/fire", "/demo/choice", "/demo/situation", "/demo/clear", "/consent"])
@pytest.mark.parametrize("foreign", [{"origin": "https://attacker.example"}, {"sec-fetch-site": "cross-site"}])
def test_another_page_cannot_post(ask, target, foreign):
    answer, _ = ask("POST", target, foreign, "scene=meta_purchase")
    assert answer.status == 403


@pytest.mark.parametrize("target", ["/", "/product/lamp", "/checkout/lamp", "/thanks", "/demo"])
def test_a_page_may_load_from_its_own_host_alone(ask, target):
    answer, text = ask("GET", target)
    policy = answer.getheader("content-security-policy")
    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"(?:src|href|action)=\"(?!/|#)[^\"]*\"", text) == []
    nonces = set(re.findall(r"<script(?! src) nonce=\"([^\"]+)\"", text))
    assert len(nonces) == text.count("<script nonce") == 0 or nonces == set(re.findall(r"'nonce-([^']+)'", policy))


def test_the_visitors_own_page_is_the_gateways(ask):
    answer, text = ask("GET", "/privacy", {"accept-language": "it"})
    assert answer.status == 200
    assert "I Suoi dati presso 127.0.0.1" in text
    assert ask("GET", "/privacy/style.css")[0].getheader("content-type") == "text/css; charset=utf-8"
    asked, form = ask("GET", "/privacy/object")
    token = re.search(r'name="token" value="([^"]+)"', form)[1]
    kind = {"content-type": "application/x-www-form-urlencoded", "origin": "https://attacker.example"}
    assert asked.status == 200
    assert ask("POST", "/privacy/object", kind, f"token={token}")[0].status == 403


def test_what_a_visitor_types_is_shown_as_text(ask):
    _, text = ask("GET", "/thanks?email=%3Cscript%3Ealert(1)%3C/script%3E%27);alert(2)//&order=%3Cb%3E")
    assert "<script>alert" not in text
    assert "');alert" not in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    "back", ["https://attacker.example/", "//attacker.example", "/\\attacker.example", "javascript:1"]
)
def test_a_choice_leads_back_to_this_host(ask, back):
    answer, _ = ask(
        "POST", "/demo/choice", {"content-type": "application/x-www-form-urlencoded"}, f"choice=none&back={back}"
    )
    assert (answer.status, answer.getheader("location")) == (303, "/demo")


def test_a_button_that_does_not_exist_does_nothing(ask):
    answer, _ = ask("POST", "/demo/fire", {"content-type": "application/x-www-form-urlencoded"}, "scene=nonsense")
    assert (answer.status, answer.getheader("location")) == (303, "/demo")


def test_the_gateways_own_refusals_come_through(ask):
    answer, _ = ask("GET", "/g/no_such_pixel/tr")
    assert answer.status == 404
    answer, _ = ask("GET", "/g/meta_pixel/tr/?id=748212591256970&ev=%ZZ")
    assert answer.status == 400


@pytest.mark.parametrize(
    "target", ["/static/../front.py", "/static/%2e%2e/front.py", "/static/nothing.css", "/nothing"]
)
def test_nothing_else_is_served(ask, target):
    assert ask("GET", target)[0].status == 404


def test_a_browser_that_a_program_drives_plays_a_person(ask):
    driven = {"user-agent": AGENT["user-agent"].replace("Chrome/", "HeadlessChrome/")}
    ask("POST", "/demo/clear", driven)
    ask("POST", "/demo/fire", {**driven, "content-type": "application/x-www-form-urlencoded"}, "scene=meta_purchase")
    _, text = ask("GET", "/demo", driven)
    assert "HeadlessChrome" not in text
    assert "declared robot" not in text
    assert "no_consent" in text
