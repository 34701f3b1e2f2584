import io
import json
import logging
import re
import timeit
from pathlib import Path

import pytest

from gateway import telemetry
from gateway.decision import Decision, Reason, Verdict
from gateway.errors import Finding
from gateway.facts import Facts
from gateway.telemetry import METRICS, MOST_SERIES, OTHER, Telemetry, region_class
from gateway.web.guard import REFUSALS

ALLOWED = {
    "destination": ("meta", "ga4"),
    "reason": tuple(Reason),
    "regions": telemetry.REGION_CLASSES,
    "status": ("200",),
    "part": tuple(str(n) for n in range(5000)),
}


@pytest.fixture
def counted() -> Telemetry:
    return Telemetry(ALLOWED)


@pytest.fixture
def written():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    telemetry.open_log("debug", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before[0], before[1]


def test_it_shows_what_it_counted(counted):
    counted.count("gateway_answers_total", "200")
    counted.count("gateway_answers_total", "200", by=2)
    assert b'gateway_answers_total{status="200"} 3.0' in counted.exposition()


def test_a_metric_that_is_not_in_the_table_raises(counted):
    for name, *labels in (("gateway_nothing_total",), ("gateway_answers_total",), ("gateway_queue_events", "meta")):
        with pytest.raises(ValueError, match="not in the table"):
            counted.count(name, *labels)


def test_a_label_value_from_outside_is_counted_as_other(counted):
    for value in ("404", "ann@example.com", "x" * 1000):
        counted.count("gateway_answers_total", value)
    page = counted.exposition()
    assert f'status="{OTHER}"}} 3.0'.encode() in page and b"example.com" not in page


def test_the_series_have_a_cap(counted):
    for number in range(5000):
        counted.count("gateway_faults_total", str(number))
    assert len(counted._counts) <= MOST_SERIES + 1
    assert sum(counted._counts.values()) == 5000


def test_it_counts_each_verdict(counted):
    verdicts = (Verdict("meta", False, Reason.SIGNAL_GPC), Verdict("ga4", True, Reason.CONSENT))
    counted.decided(Decision("purchase", "f", verdicts), Facts(regions=("FR",)))
    page = counted.exposition()
    assert b'{destination="meta",reason="signal_gpc",regions="eea"} 1.0' in page
    assert b'{destination="ga4",reason="consent",regions="eea"} 1.0' in page


def test_what_an_observing_policy_would_decide_is_counted_by_itself(counted):
    verdicts = (Verdict("meta", False, Reason.OBSERVE_MODE),)
    counted.decided(Decision("purchase", "f", verdicts, (Verdict("meta", True, Reason.CONSENT),)), Facts(("FR",)))
    page = counted.exposition().decode()
    assert 'gateway_decisions_total{destination="meta",reason="observe_mode",regions="eea"} 1.0' in page
    assert 'gateway_observed_total{destination="meta",reason="consent",regions="eea"} 1.0' in page


def test_counting_a_verdict_takes_about_a_microsecond(counted):
    decision = Decision("purchase", "f", (Verdict("meta", False, Reason.SIGNAL_GPC),))
    counted.decided(decision, Facts())
    best = min(timeit.repeat(lambda: counted.decided(decision, Facts()), number=2000, repeat=5)) / 2000
    assert best < 10e-6


@pytest.mark.parametrize(
    ("regions", "name"),
    [
        ((), "unknown"),
        (("FR",), "eea"),
        (("US-CA",), "us"),
        (("JP",), OTHER),
        (("FR", "DE"), "eea"),
        (("FR", "US"), OTHER),
    ],
)
def test_regions_are_counted_by_class(regions, name):
    assert region_class(regions) == name


def test_gauges_are_read_when_asked_for(counted):
    counted.gauge("gateway_queue_events", lambda: [(("meta",), 7)])
    assert b'gateway_queue_events{destination="meta"} 7.0' in counted.exposition()
    with pytest.raises(ValueError, match="no gauge"):
        counted.gauge("gateway_answers_total", list)


def test_metric_names_are_prefixed_and_described():
    for metric in METRICS:
        assert metric.name.startswith("gateway_") and metric.help.endswith(".")
        assert metric.name.endswith("_total") == (metric.kind == "counter")


def test_a_log_line_is_one_json_object(written):
    telemetry.log("policy", fingerprint="abc", count=3)
    (line,) = written()
    assert (line["event"], line["fingerprint"], line["count"], line["level"]) == ("policy", "abc", 3, "info")


@pytest.mark.parametrize(
    ("event", "fields"), [("hit", {}), ("ready", {"url": "x"}), ("ready", {"pid": "12"}), ("ready", {"address": b"x"})]
)
def test_what_the_tables_do_not_have_cannot_be_logged(event, fields):
    with pytest.raises(ValueError, match="of the log"):
        telemetry.log(event, **fields)


def test_an_exception_is_logged_without_its_message(written):
    try:
        telemetry.log("secret@example.com")
    except ValueError as error:
        telemetry.fault("collect", error)
    (line,) = written()
    assert line["error"] == "ValueError" and line["at"].startswith("gateway.telemetry:")
    assert "example" not in json.dumps(line)


def test_a_librarys_words_never_reach_the_log(written):
    try:
        int("canary-in-exception")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("canary-in-message %s", "canary-in-argument")
    logging.getLogger("aiohttp").warning("canary")
    logging.getLogger("aiohttp").debug("canary")
    assert "canary" not in json.dumps(written())
    assert [line["library"] for line in written()] == ["uvicorn.error", "aiohttp"]


def test_every_metric_is_documented_and_every_documented_one_exists():
    page = (Path(__file__).parents[1] / "docs/reference/metrics.md").read_text()
    assert set(re.findall(r"^\| `(gateway_\w+)` \|", page, re.MULTILINE)) == {metric.name for metric in METRICS}
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        assert f"| `{metric.name}` | {labels} |".replace("|  |", "| |") in page
    assert all(word in page for word in (*REFUSALS, *telemetry.REGION_CLASSES))


def test_a_label_of_a_gauge_follows_what_is_allowed_now(counted):
    counted.gauge("gateway_policy_info", lambda: [(("shop", "1", "abc"), 1)])
    assert b'gateway_policy_info{fingerprint="other",policy="other",version="other"} 1.0' in counted.exposition()
    for label, value in (("policy", "shop"), ("version", "1"), ("fingerprint", "abc")):
        counted.allow(label, {value})
    assert b'gateway_policy_info{fingerprint="abc",policy="shop",version="1"} 1.0' in counted.exposition()


def test_a_finding_is_logged_with_its_place_and_its_weight(written):
    telemetry.found(Finding("policy.yaml", 7, 3, "P020", "unknown family", "one of: …"))
    telemetry.found(Finding("policy.yaml", 1, 1, "P080", "no tests", severity="warning"))
    first, second = written()
    assert (first["level"], first["file"], first["line"], first["column"]) == ("error", "policy.yaml", 7, 3)
    assert first["message"] == "unknown family (one of: …)" and second["level"] == "warning"
