"""A small configuration that is right, in a directory, with what a test wants to be different."""

import base64
from pathlib import Path

from gateway.keys import VENDORS, Keys, parse_root

ROOT = base64.b64encode(bytes(range(32))).decode()

GATEWAY = """\
listeners: {public: "127.0.0.1:0", admin: "127.0.0.1:0"}
policy: policy.yaml
sites:
  shop: [shop.example]
keys:
  root: {file: root.key}
delivery: {drain: 0.1}
destinations:
  own_stats:
    vendor: jsonl
    settings: {directory: DIRECTORY}
    sources: [events, meta_pixel]
  meta:
    vendor: meta
    settings: {pixel_id: "1234567890"}
    secrets: {access_token: {file: meta.token}}
    sources: [meta_pixel]
"""

POLICY = """\
policy: 1
name: small
extends: packs/baseline-2026.11.yaml
unknown_region: strictest
purposes:
  visits: {label: Counting visits, family: audience_measurement, profile: plain}
  ads: {label: Showing our ads elsewhere, family: advertising, sale_or_share: true, profile: plain}
profiles:
  plain: {ip: drop, user_agent: drop, referrer: drop, url: path, id: drop, time: day, geo: drop, click: drop}
destinations:
  own_stats: {party: first, events: {page_view: [visits]}, fields: [event.name, event.time, page.url]}
  meta: {party: third, controller_country: US, events: {purchase: [ads]}, fields: [event.name, event.id, order.value]}
"""


def write_vendors_key(root: Path) -> Path:
    """What a worker may have of a root key, in a file beside that."""
    path = root.with_name("vendors.key")
    path.write_text(base64.b64encode(Keys(parse_root(root.read_text())).derive(VENDORS)).decode())
    path.chmod(0o600)
    return path


def write_for_a_worker(directory: Path, **texts: str) -> Path:
    """The files of `write`, with the key of a worker in the place of the root key."""
    config = write(directory, **texts)
    root = directory / "root.key"
    write_vendors_key(root)
    root.unlink()
    config.write_text(config.read_text().replace("root.key}", "root.key}\n  vendors: {file: vendors.key}", 1))
    return config


def write(directory: Path, gateway: str = GATEWAY, policy: str = POLICY) -> Path:
    """The files in `directory`; the path of gateway.yaml."""
    (directory / "policy.yaml").write_text(policy)
    for name, text in (("root.key", ROOT), ("meta.token", "token")):
        (directory / name).write_text(text)
        (directory / name).chmod(0o600)
    config = directory / "gateway.yaml"
    config.write_text(gateway.replace("DIRECTORY", str(directory)))
    return config
