"""What was acknowledged is in the files of its day, whole lines only, although the gateway was killed."""

import http.client
import json
import threading
import time
import uuid
from contextlib import suppress

from tests.blackbox.destination import Destination
from tests.blackbox.running import COUNTRY_HEADER, DESTINATIONS, PURPOSES, Gateway, choose


class Visitor(threading.Thread):
    """Sends purchases one after the other until it is told to stop; `acknowledged` are those that were answered."""

    def __init__(self, gateway, cookie):
        super().__init__()
        self.gateway, self.cookie = gateway, cookie
        self.acknowledged = set()
        self.enough = threading.Event()

    def run(self):
        headers = {"Content-Type": "application/json", "Cookie": self.cookie, COUNTRY_HEADER: "DE"}
        while not self.enough.is_set():
            name = str(uuid.uuid4())
            body = json.dumps({"name": "purchase", "id": name, "order": {"value": 9.9, "currency": "EUR"}}).encode()
            with suppress(OSError, http.client.HTTPException):
                if self.gateway.ask("POST", "/e", headers, body).status == 204:
                    self.acknowledged.add(name)


def lines(directory):
    return [line for path in sorted(directory.glob("*.jsonl")) for line in path.read_bytes().split(b"\n")[:-1]]


def test_a_kill_loses_no_acknowledged_event_and_tears_no_line(tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    with Destination() as meta:
        own = {"vendor": "jsonl", "settings": {"directory": str(files)}, "sources": ["events"]}
        settings = {"destinations": {"meta": {**DESTINATIONS["meta"], "endpoint": meta.url}, "hook": own}}
        with Gateway(tmp_path, {"meta": meta, "hook": meta}, settings) as gateway:
            visitors = [Visitor(gateway, choose(gateway, yes=PURPOSES)) for _ in range(4)]
            for visitor in visitors:
                visitor.start()
            deadline = time.monotonic() + 60
            while sum(len(visitor.acknowledged) for visitor in visitors) < 40:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            gateway.kill()
            gateway.start()
            for visitor in visitors:
                visitor.enough.set()
                visitor.join()
            gateway.drain()
            assert gateway.stop() == 0
    acknowledged = set().union(*(visitor.acknowledged for visitor in visitors))
    kept = [json.loads(line)["event"]["id"] for line in lines(files)]
    assert len(acknowledged) > 20
    assert acknowledged <= set(kept)
    assert all(path.read_bytes().endswith(b"\n") for path in files.iterdir())
    assert len(kept) - len(set(kept)) <= 500  # what was on disk and not yet known to be
