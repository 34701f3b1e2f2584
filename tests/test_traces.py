import asyncio
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import GatewayError
from gateway.outbound import Outbound, Reply
from gateway.sender import Forbidden, Route, always
from gateway.traces import AT_ONCE, FIELDS, MOST, OTHER, Span, Traced, Traces
from tests.house.test_docs import first_cells

ALLOWED = {"gateway.destination": ("meta",), "gateway.vendor": ("meta",), "http.request.method": ("POST",)}
ROUTE = Route(frozenset(("collector.example",)))
FIELDS_OF_META = {"gateway.destination": "meta", "gateway.vendor": "meta"}


def traces():
    return Traces("http://collector.example/", ALLOWED, "1", random.Random(1).randbytes)


class Wire:
    """A way out that keeps what it was given and answers `status`; a GatewayError is raised."""

    def __init__(self, answer=200):
        self.sent, self._answer = [], answer

    async def send(self, outbound, route, still=always):
        self.sent.append(outbound)
        if isinstance(self._answer, GatewayError):
            raise self._answer
        return Reply(self._answer)


def told(kept, wire=None):
    wire = wire or Wire()
    asyncio.run(kept.flush(wire, ROUTE))
    return [span for each in wire.sent for span in json.loads(each.body)["resourceSpans"][0]["scopeSpans"][0]["spans"]]


def attributes(span):
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


def deliver(wire, outbound=None, chance=True):
    kept = traces()
    clock = iter((10.0, 10.25)).__next__
    way = Traced(wire, kept.tell, lambda route: FIELDS_OF_META, clock, lambda: chance)
    request = outbound or Outbound("POST", "https://x.example/?em=ann", {"Authorization": "secret"}, b"body")
    return kept, asyncio.run(way.send(request, ROUTE))


def test_a_request_is_told_by_its_destination_its_answer_and_its_time():
    kept, reply = deliver(Wire(503))
    (span,) = told(kept)
    assert reply.status == 503
    assert attributes(span) == {
        "gateway.destination": "meta", "gateway.vendor": "meta", "http.request.method": "POST",
        "http.response.status_code": "503", "gateway.sent": True,
    }  # fmt: skip
    assert (span["startTimeUnixNano"], span["endTimeUnixNano"]) == ("10000000000", "10250000000")
    assert (span["name"], span["status"]) == ("delivery", {"code": 2})
    assert (len(span["traceId"]), len(span["spanId"])) == (32, 16)


@given(st.text(min_size=5), st.text(min_size=5), st.binary(min_size=5))
def test_nothing_of_a_request_gets_into_a_span(word, secret, body):
    kept, _ = deliver(Wire(), Outbound(word, f"https://x.example/{word}", {"Authorization": secret}, body))
    (span,) = told(kept)
    assert attributes(span) == {
        **FIELDS_OF_META, "http.request.method": OTHER, "http.response.status_code": "200", "gateway.sent": True,
    }  # fmt: skip


def test_a_request_that_was_not_allowed_is_told_as_failed_and_still_raises():
    kept = traces()
    way = Traced(Wire(Forbidden("no")), kept.tell, lambda route: FIELDS_OF_META, lambda: 1.0, lambda: True)
    with pytest.raises(Forbidden):
        asyncio.run(way.send(Outbound("POST", "https://x.example/", {}), ROUTE))
    (span,) = told(kept)
    assert span["status"] == {"code": 2} and "http.response.status_code" not in attributes(span)


def test_what_has_not_the_chance_is_not_told():
    kept, reply = deliver(Wire(), chance=False)
    assert reply.status == 200 and told(kept) == []


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("hit", {}),
        ("delivery", {"url.full": "x"}),
        ("delivery", {"gateway.sent": 1}),
        ("delivery", {"gateway.vendor": 1}),
    ],
)
def test_a_span_outside_the_tables_is_a_mistake(name, fields):
    with pytest.raises(ValueError, match=r"no (name|field) of a span"):
        traces().tell(Span(name, 1, 2, fields))


def test_spans_are_sent_in_pieces_and_forgotten_where_nobody_takes_them():
    kept, wire = traces(), Wire()
    for _ in range(AT_ONCE + 1):
        kept.tell(Span("delivery", 1, 2, {}))
    assert len(told(kept, wire)) == AT_ONCE + 1 and len(wire.sent) == 2
    assert {each.url for each in wire.sent} == {"http://collector.example/v1/traces"}
    for answer in (500, Forbidden("no")):
        kept.tell(Span("delivery", 1, 2, {}))
        asyncio.run(kept.flush(Wire(answer), ROUTE))
    assert kept.forgotten == 2
    for _ in range(MOST + 3):
        kept.tell(Span("delivery", 1, 2, {}))
    assert kept.forgotten == 5


def test_every_field_is_described():
    assert set(FIELDS) <= first_cells("docs/reference/metrics.md")
