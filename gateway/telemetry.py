"""Every metric the gateway counts and every word it logs, in tables: what is not listed here cannot be emitted.

Rule 1: a label's value comes from a closed list or from the configuration; anything else is counted as `other`.
Rule 2: no value of a request is ever a label, a field or part of a message, at no level; exceptions are logged as their
type and the place in our own code, never with their message.
"""

import json
import logging
import re
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TextIO

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.decision import Decision
from gateway.errors import Finding
from gateway.facts import Facts

MOST_SERIES = 2000
OTHER = "other"


class Described(NamedTuple):
    """One metric: its name, its labels in order, and what it counts."""

    name: str
    kind: Literal["counter", "gauge"]
    labels: tuple[str, ...]
    help: str


METRICS = (
    Described("gateway_answers_total", "counter", ("status",), "Answers of the public listener, by HTTP status."),
    Described(
        "gateway_requests_refused_total", "counter", ("limit",), "Requests cut off below HTTP, by limit or fault."
    ),
    Described(
        "gateway_unknown_parameters_total",
        "counter",
        (),
        "Parameters that are no known field, and contacts that are neither clear nor hashed.",
    ),
    Described(
        "gateway_decisions_total",
        "counter",
        ("destination", "reason", "regions"),
        "Decisions at receipt, by destination, reason and class of region.",
    ),
    Described(
        "gateway_observed_total",
        "counter",
        ("destination", "reason", "regions"),
        "What an observing policy would have decided, by destination, reason and class of region.",
    ),
    Described(
        "gateway_places_total",
        "counter",
        ("evidence",),
        "What there was to place hits by: of the edge's header, and of the address where it was asked for.",
    ),
    Described(
        "gateway_scrubbed_total", "counter", ("kind",), "Masks put into events in the place of personal data, by kind."
    ),
    Described(
        "gateway_incidents_total",
        "counter",
        ("kind", "site"),
        "Masks in the place of what a site should never send: a card, a password, a national number.",
    ),
    Described(
        "gateway_merged_total", "counter", ("destination",), "Events not sent: another beacon told of the same action."
    ),
    Described("gateway_consent_total", "counter", ("act",), "Choices made, and those without a record."),
    Described(
        "gateway_mails_total",
        "counter",
        ("act", "reader", "outcome", "site"),
        "Mails of the operator's own that were opened and links followed, by whom and what came of it.",
    ),
    Described(
        "gateway_mail_campaigns_total",
        "counter",
        ("act", "campaign", "reader"),
        "The same for each campaign, without those of whom nothing may be told.",
    ),
    Described(
        "gateway_faults_total", "counter", ("part",), "Exceptions nobody expected, by the part they were met in."
    ),
    Described(
        "gateway_deliveries_total",
        "counter",
        ("destination", "result"),
        "Queued events finished or put off, by result.",
    ),
    Described("gateway_queue_events", "gauge", ("destination",), "Events waiting, by destination."),
    Described("gateway_queue_oldest_seconds", "gauge", ("destination",), "Age of the oldest event that waits."),
    Described(
        "gateway_store_info", "gauge", ("engine", "durability"), "Where events wait, and how durable that is; always 1."
    ),
    Described("gateway_store_away", "gauge", (), "1 while the server that replicas share cannot be used."),
    Described("gateway_store_aside_events", "gauge", (), "Events kept on this machine until it can."),
    Described("gateway_store_lost_total", "counter", (), "Events that the server had when it lost everything."),
    Described("gateway_store_forgotten_total", "counter", (), "Times that the server had lost who has withdrawn."),
    Described("gateway_spans_forgotten", "gauge", (), "Spans of requests to vendors that the collector did not take."),
    Described("gateway_audit_owed", "gauge", (), "Leaves that the log of evidence could not take yet."),
    Described("gateway_dsr_open", "gauge", ("state",), "Requests of persons that have not ended, by state."),
    Described("gateway_dsr_overdue", "gauge", (), "Those whose time to answer is over."),
    Described("gateway_dsr_due_seconds", "gauge", (), "Seconds until the first of them is due; below 0 it is overdue."),
    Described("gateway_dsr_messages_total", "counter", ("result",), "Messages about requests, by what became of them."),
    Described("gateway_dead_letters", "gauge", ("destination", "reason"), "Events that nobody will deliver."),
    Described(
        "gateway_lane_running", "gauge", ("destination",), "1 while a destination is delivered to, 0 when paused."
    ),
    Described(
        "gateway_vendor_version_days",
        "gauge",
        ("destination",),
        "Days until the version of its interface that a destination is spoken to in ends; below 0 it has ended.",
    ),
    Described("gateway_connections", "gauge", ("listener",), "Open connections, by listener."),
    Described("gateway_policy_info", "gauge", ("policy", "version", "fingerprint"), "The policy in force; always 1."),
    Described("gateway_policy_loaded_timestamp_seconds", "gauge", (), "When the policy in force was taken."),
    Described("gateway_policy_reload_failed", "gauge", (), "1 while the policy that is configured is not in force."),
    Described("gateway_policy_reloads_total", "counter", ("outcome",), "Changes of the policy, accepted or refused."),
    Described("gateway_pack_age_days", "gauge", (), "Days since the pack of the policy in force was reviewed."),
    Described(
        "gateway_place_data_age_days", "gauge", ("source",), "Days since the data of a database of places was built."
    ),
    Described(
        "gateway_candidate_info",
        "gauge",
        ("policy", "version", "fingerprint"),
        "The candidate that is asked beside the policy in force; always 1.",
    ),
    Described("gateway_candidate_failed", "gauge", (), "1 while the candidate that is configured cannot be asked."),
    Described(
        "gateway_candidate_decisions_total",
        "counter",
        ("destination", "outcome"),
        "Decisions at receipt, by what the candidate would change.",
    ),
)
_BY_NAME = {metric.name: metric for metric in METRICS}

# The classes of region a decision is counted under: coarse, so that a rare region points at nobody.
_EEA = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO"
_CLASS_OF = {code: "eea" for code in _EEA.split()} | {"GB": "gb", "CH": "ch", "US": "us", "CA": "ca", "BR": "br"}
REGION_CLASSES = ("unknown", "eea", "gb", "ch", "us", "ca", "br", OTHER)

_REGIONS = 4096  # sets of region codes whose class is remembered

Sample = tuple[tuple[str, ...], float]
Gauge = Callable[[], Iterable[Sample]]


class Telemetry(Collector):
    """The counters of one process. `allowed` gives the values that each label may have; used from one thread."""

    def __init__(self, allowed: Mapping[str, Collection[str]]) -> None:
        self._allowed = {label: frozenset(values) for label, values in allowed.items()}
        self._counts: dict[tuple[str, ...], int] = {}
        self._gauges: dict[str, Gauge] = {}
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def count(self, name: str, *labels: str, by: int = 1) -> None:
        """Add to a counter. ValueError for a name or a number of labels that METRICS does not have."""
        key = (name, *labels)
        counted = self._counts.get(key)
        if counted is None:
            self._open(key, by)
        else:
            self._counts[key] = counted + by

    def decided(self, decision: Decision, facts: Facts) -> None:
        """Count each verdict of a decision."""
        regions = region_class(facts.regions)
        for verdict in decision.verdicts:
            self.count("gateway_decisions_total", verdict.destination, verdict.reason, regions)
        for verdict in decision.would:
            self.count("gateway_observed_total", verdict.destination, verdict.reason, regions)

    def allow(self, label: str, values: Collection[str]) -> None:
        """From now on a label of gauges may have these values and no others."""
        self._allowed[label] = frozenset(values)

    def gauge(self, name: str, read: Gauge) -> None:
        """Have a gauge read its (labels, value) pairs when somebody asks for them."""
        if _BY_NAME[name].kind != "gauge":
            raise ValueError(f"{name} is no gauge")
        self._gauges[name] = read

    def exposition(self) -> bytes:
        """Everything in the Prometheus text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """For the registry: one family for each metric of the table."""
        for name, kind, labels, text in METRICS:
            if kind == "counter":
                family: CounterMetricFamily | GaugeMetricFamily = CounterMetricFamily(name, text, labels=labels)
                samples: Iterable[Sample] = [(key[1:], n) for key, n in self._counts.items() if key[0] == name]
            else:
                family = GaugeMetricFamily(name, text, labels=labels)
                samples = self._gauges[name]() if name in self._gauges else ()
            for values, value in samples:
                family.add_metric(self._closed(labels, values), value)
            yield family

    def _open(self, key: tuple[str, ...], by: int) -> None:
        """The slow way of a series' first count, and of every value that is not in its label's list."""
        metric = _BY_NAME.get(key[0])
        if metric is None or metric.kind != "counter" or len(metric.labels) != len(key) - 1:
            raise ValueError(f"{key[0]} with {len(key) - 1} labels is not in the table of metrics")
        values = self._closed(metric.labels, key[1:])
        if len(self._counts) >= MOST_SERIES:
            values = (OTHER,) * len(values)
        closed = (key[0], *values)
        self._counts[closed] = self._counts.get(closed, 0) + by

    def _closed(self, labels: tuple[str, ...], values: tuple[str, ...]) -> tuple[str, ...]:
        pairs = zip(labels, values, strict=True)
        return tuple(str(value) if value in self._allowed.get(label, ()) else OTHER for label, value in pairs)


@lru_cache(_REGIONS)
def region_class(regions: tuple[str, ...]) -> str:
    """The class of region codes (`FR`, `US-CA`) for counting; several codes of different classes are `other`."""
    if not regions or "unknown" in regions:
        return "unknown"
    classes = {_CLASS_OF.get(code.partition("-")[0], OTHER) for code in regions}
    return classes.pop() if len(classes) == 1 else OTHER


# ---------------------------------------------------------------------------------------------------------------- logs

# What may be logged: field -> type. Their values are ours or the operator's own words.
FIELDS: Mapping[str, type] = {
    "address": str,  # a listener of ours, host:port
    "at": str,
    "code": str,
    "column": int,
    "count": int,
    "destination": str,
    "error": str,
    "field": str,
    "file": str,
    "fingerprint": str,
    "kind": str,
    "library": str,
    "line": int,
    "listener": str,
    "message": str,  # of a finding in a configuration file
    "mode": str,
    "part": str,
    "pid": int,
    "pixel": str,
    "policy": str,
    "reason": str,
    "role": str,
    "seconds": float,
    "signal": str,
    "site": str,
    "state": str,
    "status": int,
    "vendor": str,
    "version": str,
}
EVENTS = frozenset((
    "started", "listening", "ready", "draining", "stopped", "fault", "finding", "policy", "lane", "quarantined",
    "incident", "library", "salt_rotated", "salt_share", "delivery", "policy_refused", "candidate", "candidate_refused",
    "places", "store", "process",
))  # fmt: skip

_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING}
_LOGGER = logging.getLogger("gateway")
_PLACE = re.compile(r".*/(gateway(?:/\w+)*)\.py\Z")


def log(event: str, level: int = logging.INFO, **fields: str | float) -> None:
    """One structured line. ValueError for an event or a field that the tables do not have."""
    if event not in EVENTS:
        raise ValueError(f"{event} is no event of the log")
    for name, value in fields.items():
        expected = FIELDS.get(name)
        if expected is None or not isinstance(value, (expected, int) if expected is float else expected):
            raise ValueError(f"{name} is no field of the log, or not of that type")
    _LOGGER.log(level, event, extra={"gateway": fields})


def found(finding: Finding) -> None:
    """Log a finding of a configuration file: its place, and words that are ours or the operator's own."""
    message = f"{finding.message} ({finding.hint})" if finding.hint else finding.message
    place: dict[str, str | float] = {"file": finding.file, "line": finding.line, "column": finding.column}
    log("finding", _LEVELS.get(finding.severity, logging.INFO), code=finding.code, message=message, **place)


def fault(part: str, error: BaseException) -> None:
    """Log an exception nobody expected: its type and where in our code it passed last."""
    log("fault", logging.ERROR, part=part, error=type(error).__name__, at=place_of(error))


def place_of(error: BaseException) -> str:
    """`gateway.web.collect:87`: the innermost of our own lines in a traceback, or nothing."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        match = _PLACE.search(frame.f_code.co_filename)
        if match:
            place = f"{match[1].replace('/', '.')}:{line}"
    return place


class _Line(logging.Formatter):
    """A record as one line of JSON. Of a library's record only its logger, level and exception type are kept."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, pure ASCII."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": time.replace("+00:00", "Z"), "level": record.levelname.lower()}
        fields = getattr(record, "gateway", None)
        if isinstance(fields, dict):
            line |= {"event": record.msg, **fields}
        else:
            error = record.exc_info[1] if record.exc_info else None
            line |= {"event": "library", "library": record.name}
            line |= {"error": type(error).__name__, "at": place_of(error)} if error else {}
        return json.dumps(line)


def open_log(level: str, stream: TextIO) -> None:
    """Send every record of the process, ours and the libraries', through the tables above to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Line())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in ("uvicorn", "asyncio", "aiohttp"):  # their small talk says nothing once its words are gone
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
