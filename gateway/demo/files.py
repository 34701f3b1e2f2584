"""Write the files of the demo's gateway: the shipped shop policy, and how its vendors are reached."""

import base64
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gateway.bootstrap.shipped import policies
from gateway.demo import scenes
from gateway.demo.situation import COUNTRY_HEADER, SUBDIVISION_HEADER

POLICY = "shop.yaml"
HOSTS = ("127.0.0.1", "localhost")


class Connected(NamedTuple):
    """One destination of the shop policy that the demo connects. `host` is shown in the place of the stand-in's."""

    vendor: str
    host: str
    sources: tuple[str, ...]
    settings: Mapping[str, str]
    secrets: Mapping[str, str]


CONNECTED: Mapping[str, Connected] = {
    "own_stats": Connected(
        "webhook", "https://stats.shop.example", ("events",), {"url": "https://stats.shop.example/in"}, {}
    ),
    "ga4": Connected(
        "ga4", "https://region1.google-analytics.com", ("ga4_collect", "ga4_first_party"),
        {"measurement_id": scenes.GA4_ACCOUNT}, {"api_secret": "a-secret-of-the-demo"},
    ),
    "meta": Connected(
        "meta", "https://graph.facebook.com", ("meta_pixel",),
        {"pixel_id": scenes.META_ACCOUNT}, {"access_token": "a-token-of-the-demo"},
    ),
    "linkedin": Connected(
        "linkedin", "https://px.ads.linkedin.com", ("linkedin_insight",), {"partner_id": scenes.LINKEDIN_ACCOUNT}, {},
    ),
}  # fmt: skip
NOT_CONNECTED = ("google_ads", "x", "hubspot", "affiliate_pixel")


def write(folder: Path, endpoints: Mapping[str, str]) -> Path:
    """The policy, `gateway.yaml`, a fresh root key and a signing secret; the path of `gateway.yaml`."""
    (folder / POLICY).write_text((policies() / POLICY).read_text("utf-8"), "utf-8")
    secret(folder / "root.key", base64.b64encode(secrets.token_bytes(32)).decode())
    configuration: dict[str, Any] = {
        "listeners": {"public": "127.0.0.1:0", "admin": "127.0.0.1:0"},
        "data_dir": "data",
        "policy": POLICY,
        "sites": {"shop": list(HOSTS)},
        "trusted_proxies": ["127.0.0.1"],
        "edge": {"country": COUNTRY_HEADER, "subdivision": SUBDIVISION_HEADER, "form": "country_subdivision"},
        "keys": {"root": {"file": "root.key"}},
        "delivery": {"drain": 1},
        "destinations": {name: _destination(folder, name, endpoints) for name in CONNECTED}
        | {name: {"enabled": False} for name in NOT_CONNECTED},
    }
    path = folder / "gateway.yaml"
    path.write_text(json.dumps(configuration, indent=2), "utf-8")
    return path


def _destination(folder: Path, name: str, endpoints: Mapping[str, str]) -> dict[str, Any]:
    connected = CONNECTED[name]
    given = dict(connected.secrets)
    if connected.vendor == "webhook":
        given["signing_secret"] = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    for key, value in given.items():
        secret(folder / f"{name}.{key}", value)
    return {
        "vendor": connected.vendor,
        "settings": dict(connected.settings),
        "secrets": {key: {"file": f"{name}.{key}"} for key in given},
        "sources": list(connected.sources),
        "endpoint": endpoints[name],
        "allow_loopback": True,
    }


def secret(path: Path, text: str) -> None:
    """Write a secret where nobody else can read it."""
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
