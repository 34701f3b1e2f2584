"""A collector is told of what was delivered, and of nothing else."""

import json
import time

from tests.blackbox.canaries import make, plant
from tests.blackbox.destination import Destination
from tests.blackbox.running import PURPOSES, SITE, Gateway, choose
from tests.blackbox.test_canary import searching, visitor
from tests.blackbox.traffic import event_id, own


def spans(collector):
    documents = [json.loads(request.body) for request in list(collector.requests)]
    return [span for each in documents for span in each["resourceSpans"][0]["scopeSpans"][0]["spans"]]


def test_deliveries_are_told_and_hits_are_not(tmp_path):
    with Destination() as collector, Destination() as hook, Destination() as meta:
        traces = {"endpoint": collector.url, "allow_loopback": True}
        with Gateway(tmp_path, {"meta": meta, "hook": hook}, {"traces": traces}) as gateway:
            values = make()
            plant(gateway.port, SITE, values, visitor(gateway, "refused"))
            request = own(event_id("traced", 1), choose(gateway, yes=PURPOSES))
            body = request.partition(b"\r\n\r\n")[2]
            headers = dict(line.decode().split(": ", 1) for line in request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:])
            trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
            assert gateway.ask("POST", "/e", {**headers, **trace}, body).status == 204
            gateway.drain()
            time.sleep(0.1)
            assert gateway.stop() == 0
        told = spans(collector)
        everything = b"".join(request.head + request.body for request in collector.requests)
        sent = b"".join(request.head + request.body for request in hook.requests)
    assert [span["name"] for span in told] == ["delivery"]
    assert {"key": "gateway.destination", "value": {"stringValue": "hook"}} in told[0]["attributes"]
    assert b"0af7651916cd43dd" not in everything + sent and b"traceparent" not in sent.lower()
    assert event_id("traced", 1).encode() not in everything
    scanner = searching(values)
    scanner.look("collector", everything)
    assert scanner.found() == set()
