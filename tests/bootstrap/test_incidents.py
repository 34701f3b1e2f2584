import io
import json

import pytest

from gateway.anonymise.derive import Masked
from gateway.anonymise.scrub.labels import KINDS
from gateway.bootstrap.incidents import Incidents
from gateway.telemetry import Telemetry, open_log


@pytest.fixture
def told():
    stream = io.StringIO()
    open_log("info", stream)
    telemetry = Telemetry({"kind": KINDS, "site": ("shop",)})
    return (
        Incidents(telemetry, ("shop",)),
        telemetry,
        lambda: [json.loads(line) for line in stream.getvalue().splitlines()],
    )


def test_every_mask_is_counted_by_its_kind(told):
    incidents, telemetry, lines = told
    for _ in range(3):
        incidents(Masked("shop", "meta_pixel", "page.title", "email"))
    assert b'gateway_scrubbed_total{kind="email"} 3.0' in telemetry.exposition()
    assert lines() == []


def test_what_is_severe_is_logged_once_for_each_place_and_counted_each_time(told):
    incidents, telemetry, lines = told
    for _ in range(3):
        incidents(Masked("shop", "meta_pixel", "page.title", "card"))
    incidents(Masked("shop", "meta_pixel", "params.4111111111111111", "card"))
    assert b'gateway_incidents_total{kind="card",site="shop"} 4.0' in telemetry.exposition()
    shown = [{key: line[key] for key in ("event", "site", "pixel", "field", "kind", "level")} for line in lines()]
    assert shown == [
        {"event": "incident", "site": "shop", "pixel": "meta_pixel", "field": field, "kind": "card", "level": "warning"}
        for field in ("page.title", "params.*")
    ]


def test_a_site_that_is_not_ours_is_no_label_and_no_line(told):
    incidents, telemetry, lines = told
    incidents(Masked("4111111111111111", "meta_pixel", "page.title", "card"))
    assert b"4111" not in telemetry.exposition()
    assert lines() == []
