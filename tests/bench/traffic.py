"""What the bench sends: purchases as Meta's pixel fires them from a shop's thank-you page."""

import json
import socket
from typing import Any

from tests.blackbox.destination import Destination
from tests.blackbox.running import ACCOUNT, COUNTRY_HEADER, HOST, ROOT, SITE, Gateway

_HEAD = (
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36\r\nAccept: image/avif,image/webp,image/apng,*/*;q=0.8\r\n"
    "Accept-Language: de-DE,de;q=0.9,en;q=0.8\r\nReferer: https://shop.example/\r\nX-Forwarded-For: 203.0.113.9\r\n"
)
_COOKIES = "_ga=GA1.1.640119721.1759023610; _fbp=fb.1.1760317149051.4452448785; sid=5f2c9a; lang=de"


def policy() -> str:
    """The shipped shop policy."""
    return (ROOT / "policies" / "shop.yaml").read_text("utf-8")


def settings(vendor: Destination) -> dict[str, Any]:
    """Meta connected to a destination on loopback, everything else of the policy left alone."""
    off = ("own_stats", "ga4", "google_ads", "linkedin", "x", "hubspot", "affiliate_pixel")
    meta = {
        "vendor": "meta", "settings": {"pixel_id": ACCOUNT}, "secrets": {"access_token": "bench"},
        "sources": ["meta_pixel"], "endpoint": vendor.url, "allow_loopback": True,
    }  # fmt: skip
    return {"destinations": {"meta": meta, **{name: {"enabled": False} for name in off}}, "log_level": "warning"}


def agree(running: Gateway) -> str:
    """The consent cookie of a visitor who agrees to everything at the gateway's own endpoint."""
    state = json.loads(running.ask("GET", "/consent").body)
    purposes = {purpose["name"]: True for purpose in state["purposes"] if purpose["choice"] != "necessary"}
    body = json.dumps({"purposes": purposes}).encode()
    headers = {"Content-Type": "application/json", "Origin": f"https://{SITE}", COUNTRY_HEADER: "FR"}
    answer = running.ask("POST", "/consent", headers, body)
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def answers(port: int) -> bool:
    """Whether anybody listens at a port of this machine."""
    with socket.socket() as speaking:
        return speaking.connect_ex((HOST, port)) == 0


def hits(run: str, number: int, count: int, cookie: str, refused: int) -> list[bytes]:
    """`count` purchases of which `refused` per cent come from a visitor in France who has not agreed."""
    return [
        _purchase(f"{run}.{number}.{index}", index, "" if (index * refused) % 100 + refused >= 100 else cookie)
        for index in range(count)
    ]


def _purchase(name: str, index: int, cookie: str) -> bytes:
    cookies = f"{_COOKIES}; {cookie}" if cookie else _COOKIES
    query = (
        f"id={ACCOUNT}&ev=Purchase&dl=https%3A%2F%2F{SITE}%2Fcheckout%2Fthank-you%3Fstep%3D3&rl=https%3A%2F%2F"
        f"www.google.com%2F&if=false&ts=17640753{index:05d}&cd[value]={index % 900}.34&cd[currency]=EUR"
        f"&cd[content_type]=product&cd[content_ids]=%5B%2271752%22%2C%2284088%22%5D&cd[num_items]=2"
        f"&cd[order_id]=ORD-{index}&eid={name}&sw=1920&sh=1080&v=2.9.274&r=stable&ec=4&o=4126"
        f"&fbp=fb.1.1781964766317.80306{index:05d}&it=17763191{index:05d}&coo=false&rqm=GET"
    )
    head = f"GET /g/meta_pixel/tr/?{query} HTTP/1.1\r\nHost: {SITE}\r\n{COUNTRY_HEADER}: FR\r\n{_HEAD}"
    return f"{head}Cookie: {cookies}\r\n\r\n".encode()
