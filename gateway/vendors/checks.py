"""Run the tests that a manifest brings along, through the very code that serves it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import unquote

from gateway.errors import BadRequest, Finding
from gateway.event import Event
from gateway.facts import Facts, Signals
from gateway.marked_yaml import load
from gateway.outbound import Outbound, Reply
from gateway.taxonomy import GROUPS
from gateway.vendors import outcomes
from gateway.vendors.binding import MISSING, Binding, problems
from gateway.vendors.catalogue import FIXTURES, Catalogue
from gateway.vendors.expressions import near
from gateway.vendors.functions import EPOCH, moment
from gateway.vendors.manifest import Manifest
from gateway.vendors.request import Destination

_KINDS = {
    "event": ("with", "settings", "secrets", "account", "now", "test", "expect", "absent", "contains", "never", "skip"),
    "hit": ("consent", "settings", "secrets", "decode", "upstream", "never", "skip"),
    "outcome": ("then",),
    "erase": ("settings", "secrets", "answer", "expect", "absent", "contains", "never", "skip", "reply", "then"),
}
# When the hits of tests arrive, and what they are called where the page gives no id.
_HIT_TIME, _HIT_ID = "2026-11-23T10:14:00.000Z", "test-1"

_PLACEHOLDERS = {
    "-----BEGIN ": "-----BEGIN PRIVATE KEY-----",
    "whsec_": "whsec_" + "A" * 32,
    "{": '{"client_email": "a@project.example", "private_key": "-----BEGIN -----"}',
}
_NOTHING = object()

SUNSET_DAYS, VERIFIED_DAYS = 60, 180


class Case(NamedTuple):
    """A test of a manifest with what it found: no failures means that it holds."""

    manifest: str
    name: str
    failures: tuple[str, ...]
    place: int


def run_tests(manifest: Manifest, catalogue: Catalogue, fixtures: Mapping[str, Any]) -> list[Case]:
    """Every test of a manifest. `fixtures` are the canonical events by name, as `read_fixtures` gives them."""
    runner = _Runner(manifest, catalogue, fixtures)
    return [
        Case(manifest.id, str(test.get("name", index)), tuple(runner.run(test)), index)
        for index, test in enumerate(manifest.document.value["tests"])
    ]


def failing(catalogue: Catalogue, texts: Mapping[str, str], files: Collection[str]) -> list[Finding]:
    """What the tests of the manifests in `files` found (M020). `_fixtures.yaml` must be among the texts."""
    fixtures = read_fixtures(texts[FIXTURES], FIXTURES)
    return [
        finding
        for manifest in catalogue.manifests.values()
        if manifest.file in files
        for case in run_tests(manifest, catalogue, fixtures)
        for finding in failures(case, manifest)
    ]


def failures(case: Case, manifest: Manifest) -> list[Finding]:
    """What a test found, as findings of the manifest's file (M020)."""
    place = manifest.document.at(("tests", case.place))
    return [Finding(manifest.file, *place, "M020", f'test "{case.name}": {each}') for each in case.failures]


def days_left(manifest: Manifest, today: date) -> int | None:
    """Days until the vendor ends the version that a manifest speaks, below 0 when it has; None where nothing ends."""
    sunset = manifest.document.value["metadata"].get("api_version_sunset")
    return (date.fromisoformat(sunset) - today).days if sunset else None


def stale(manifest: Manifest, today: date) -> list[Finding]:
    """Warnings: the interface ends within SUNSET_DAYS (M021), or nobody verified it for VERIFIED_DAYS (M022)."""
    metadata, warnings = manifest.document.value["metadata"], []
    left = days_left(manifest, today)
    if left is not None and left < SUNSET_DAYS:
        words = f"{'ends' if left >= 0 else 'ended'} on {metadata['api_version_sunset']}"
        warnings.append(("api_version_sunset", "M021", f"the version this manifest speaks {words}"))
    if (today - date.fromisoformat(metadata["verified_on"])).days > VERIFIED_DAYS:
        warnings.append(
            ("verified_on", "M022", f"not held against the vendor's documentation for {VERIFIED_DAYS} days")
        )
    at = manifest.document.at
    return [
        Finding(manifest.file, *at(("metadata", key)), code, message, severity="warning")
        for key, code, message in warnings
    ]


def read_fixtures(text: str, file: str) -> Mapping[str, Any]:
    """The canonical events that tests refer to. ConfigurationError where the file cannot be read."""
    value = load(text, file).value
    return value if isinstance(value, dict) else {}


class _Runner:
    def __init__(self, manifest: Manifest, catalogue: Catalogue, fixtures: Mapping[str, Any]) -> None:
        self._manifest = manifest
        self._catalogue = catalogue
        self._fixtures = fixtures

    def run(self, test: Mapping[str, Any]) -> list[str]:
        """What does not hold."""
        kind = next((kind for kind in _KINDS if kind in test), "")
        if not kind:
            return [f"it needs one of {', '.join(_KINDS)}"]
        allowed = ("name", kind, *_KINDS[kind])
        unknown = [f'unknown key "{key}" {near(key, allowed)}'.rstrip() for key in test if key not in allowed]
        unknown += [f'"{key}" is a list of texts' for key in ("contains", "never") if not _all_text(test.get(key, []))]
        if unknown:
            return unknown
        runs = {"event": self._event, "hit": self._hit, "outcome": self._outcome, "erase": self._erase}
        return runs[kind](test)

    def _event(self, test: Mapping[str, Any]) -> list[str]:
        fixture = self._fixtures.get(test["event"])
        if fixture is None:
            return [f'no fixture "{test["event"]}"']
        if not test.keys() & {"expect", "absent", "contains", "never", "skip"}:
            return ["it expects nothing"]
        event = fixture_event(_overlaid(fixture, test.get("with", {})), str(test.get("account", "")))
        now = (moment(test["now"]) - EPOCH).total_seconds() if "now" in test else float(event.received)
        return self._sent(test, event, now)

    def _sent(self, test: Mapping[str, Any], event: Event, now: float) -> list[str]:
        binding = self._binding(test)
        wrong = [f"{'.'.join(problem.path)} {problem.message}" for problem in problems(self._manifest, binding)]
        if wrong:
            return wrong
        built = Destination(self._manifest, binding).build([event], now)
        if "skip" in test or built.outbound is None:
            reason = built.skipped.get(0, "")
            return [] if reason == test.get("skip") else [f"skipped for {reason or 'nothing'}"]
        return [*_compare(shown(built.outbound), test), *_texts(whole(built.outbound), test)]

    def _hit(self, test: Mapping[str, Any]) -> list[str]:
        hit = test["hit"]
        method, url, body = hit.get("method", "GET"), hit["url"], hit.get("body", "")
        fronted = self._catalogue.recognise(method, url, body)
        if fronted is None:
            return [] if test.get("decode", _NOTHING) is None else ["the hit is not recognised"]
        pixel = self._catalogue.pixels[fronted.pixel]
        try:
            raws = pixel.read(method, unquote(fronted.path), fronted.query, "", body.encode())
        except BadRequest as error:
            return [str(error)]
        failures = self._decoded([_raw_shown(raw) for raw in raws], test)
        if not test.keys() & {"upstream", "skip"}:
            text = json.dumps([_raw_shown(raw) for raw in raws], ensure_ascii=False)
            return [*failures, *_texts(text, test)]
        grants = frozenset(name for name, given in test.get("consent", {}).items() if given is True)
        raw = raws[0]
        fields = {**raw.fields, "event.time": _HIT_TIME}
        event = Event(
            raw.id or _HIT_ID, self._manifest.id, raw.name, _seconds(_HIT_TIME), "shop", Facts(), fields, {},
            raw.pixel, raw.account, kept=raw.kept, grants=grants,
        )  # fmt: skip
        request = {**test, "expect": {"url": test["upstream"]}} if "upstream" in test else test
        return [*failures, *self._sent(request, event, float(event.received))]

    def _decoded(self, raws: list[dict[str, Any]], test: Mapping[str, Any]) -> list[str]:
        if "decode" not in test:
            return []
        expected = test["decode"] if isinstance(test["decode"], list) else [test["decode"]]
        if len(raws) != len(expected):
            return [f"{len(raws)} events, not {len(expected)}"]
        return [
            f"{name} is {raw.get(name)!r}"
            for raw, wanted in zip(raws, expected, strict=True)
            for name, value in (wanted or {}).items()
            if raw.get(name) != value
        ]

    def _outcome(self, test: Mapping[str, Any]) -> list[str]:
        outcome = Destination(self._manifest, self._binding({})).outcome(_reply(test["outcome"]))
        return [] if outcome.value == test.get("then") else [f"the outcome is {outcome.value}"]

    def _erase(self, test: Mapping[str, Any]) -> list[str]:
        binding = self._binding(test)
        # What the API side alone needs may be missing here.
        found = [problem for problem in problems(self._manifest, binding) if problem.message != MISSING]
        if found:
            return [f"{'.'.join(problem.path)} {problem.message}" for problem in found]
        destination = Destination(self._manifest, binding)
        if "reply" in test:
            erased = destination.erased(_reply(test["reply"]))
            return [] if erased.value == test.get("then") else [f"the outcome is {erased.value}"]
        if not test.keys() & {"expect", "absent", "contains", "never", "skip"}:
            return ["it expects nothing"]
        now, step = float(_seconds(_HIT_TIME)), int("answer" in test)
        outbound = destination.erase(test["erase"], now, step, test.get("answer"))
        if "skip" in test or outbound is None:
            return [] if (outbound is None) == ("skip" in test) else ["skipped" if outbound is None else "not skipped"]
        return [*_compare(shown(outbound), test), *_texts(whole(outbound), test)]

    def _binding(self, test: Mapping[str, Any]) -> Binding:
        secrets = {
            name: _PLACEHOLDERS.get(secret.prefix, f"{secret.prefix}placeholder")
            for name, secret in self._manifest.secrets.items()
        }
        given = secrets | test.get("secrets", {})
        return Binding(self._manifest.id, test.get("settings", {}), given, key=b"test", test=bool(test.get("test")))


def fixture_event(fixture: Mapping[str, Any], account: str = "") -> Event:
    """A canonical event as the queue would hand it over."""
    fields = {
        f"{group}.{name}": value
        for group, values in fixture.items()
        if group in GROUPS
        for name, value in values.items()
        if value not in ("", None)
    }
    consent, source = fixture.get("consent", {}), fixture.get("source", {})
    facts = Facts(signals=Signals(gpc=consent.get("sale_opt_out") is True))
    return Event(
        id=fields.pop("event.id"),
        destination="test",
        name=fields.pop("event.name"),
        received=_seconds(fields["event.time"]),
        site=source.get("site", ""),
        facts=facts,
        fields=fields,
        levels={},
        pixel=source.get("pixel", ""),
        account=account,
        grants=frozenset(name for name, given in consent.items() if given is True and name != "sale_opt_out"),
    )


def _reply(given: Mapping[str, Any]) -> Reply:
    body = json.dumps(given["body"]).encode() if "body" in given else b""
    return Reply(given["status"], body=body, headers=given.get("headers"))


def shown(outbound: Outbound) -> dict[str, Any]:
    """A request as plain values; a JSON body is parsed."""
    text = outbound.body.decode()
    parsed = outcomes.parse(outbound.body)
    return {**asdict(outbound), "headers": dict(outbound.headers), "body": text if parsed is None else parsed}


def whole(outbound: Outbound) -> str:
    """Everything a request says, as one text."""
    headers = "\n".join(f"{name}: {value}" for name, value in outbound.headers.items())
    return f"{outbound.method} {outbound.url}\n{headers}\n\n{outbound.body.decode()}"


def _compare(request: Mapping[str, Any], test: Mapping[str, Any]) -> list[str]:
    failures = []
    for path, value in test.get("expect", {}).items():
        found = outcomes.at(request, _steps(request, path))
        if found != value:
            failures.append(f"{path} is {'missing' if outcomes.missing(found) else repr(found)}")
    for path in test.get("absent", []):
        if not outcomes.missing(outcomes.at(request, _steps(request, path))):
            failures.append(f"{path} is there")
    return failures


def _steps(request: Mapping[str, Any], path: str) -> list[str]:
    """A dotted path; header names may hold dots of their own."""
    return ["headers", path.removeprefix("headers.")] if path.startswith("headers.") else path.split(".")


def _all_text(values: Any) -> bool:
    """Whether it is a list of texts; an unquoted 1e9 is a number and would be looked for in another spelling."""
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _texts(text: str, test: Mapping[str, Any]) -> list[str]:
    missing = [f'"{each}" is not in the request' for each in test.get("contains", []) if each not in text]
    return missing + [f'"{each}" leaks' for each in test.get("never", []) if each in text]


def _raw_shown(raw: Any) -> dict[str, Any]:
    return {
        "pixel": raw.pixel, "name": raw.name, "id": raw.id, "account": raw.account, "fields": dict(raw.fields),
        "kept": dict(raw.kept or {}),
    }  # fmt: skip


def _overlaid(fixture: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The fixture with whole groups (`click`) or single values (`consent.ad_storage`) replaced."""
    result = {group: dict(values) for group, values in fixture.items()}
    for path, value in changes.items():
        group, dot, name = path.partition(".")
        if dot:
            result.setdefault(group, {})[name] = value
        else:
            result[group] = dict(value)
    return result


def _seconds(time: str) -> int:
    return int((moment(time) - EPOCH).total_seconds())
