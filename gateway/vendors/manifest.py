"""Load a vendor's manifest: its shape, its meaning, and everything compiled that a request will need."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.errors import ConfigurationError, Finding
from gateway.marked_yaml import Document, load
from gateway.vendors.expressions import Compiler, Names, Node, Run
from gateway.vendors.flows import Flow, uncovered
from gateway.vendors.issuers import company_of, foreign, issued_by
from gateway.vendors.outcomes import Rule as OutcomeRule
from gateway.vendors.outcomes import compile_rule
from gateway.vendors.pixel import Pixel
from gateway.vendors.pixel_section import compile_pixels, kept_names
from gateway.vendors.relay import expanded
from gateway.vendors.schema import MANIFEST, wrong
from gateway.vendors.urls import UrlTemplate, compile_url

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Setting(NamedTuple):
    """What the operator may or must set. `account` marks the one that names the account at the vendor."""

    pattern: re.Pattern[str] | None = None
    default: str | None = None
    optional: bool = False
    is_map: bool = False
    account: bool = False


class Secret(NamedTuple):
    """A secret the operator gives by reference."""

    prefix: str = ""
    optional: bool = False


class Auth(NamedTuple):
    """How a request proves who sends it. `identity` and `timestamp` are what a webhook signs besides its body."""

    kind: str = "none"
    name: str = ""
    user: Run | None = None
    secret: str = ""
    identity: Run | None = None
    timestamp: Run | None = None
    scope: str = ""


class RateLimit(NamedTuple):
    """What a vendor lets one account ask: `requests` in `per` seconds, and `daily` in a day; 0 means no limit."""

    requests: int = 0
    per: int = 0
    daily: int = 0


@dataclass(frozen=True, slots=True)
class Api:
    """The compiled API side. `age_limit` and `linger` are seconds; `max_bytes` 0 means no limit."""

    auth: Auth
    method: str
    url: UrlTemplate
    headers: tuple[tuple[str, Run], ...]
    query: Run | None
    query_safe: str
    query_form: str
    style: str
    body: Run | None
    events: Mapping[str, Run]
    event: Run
    event_encoding: str
    requires: tuple[tuple[tuple[str, ...], str], ...]
    max_events: int
    max_bytes: int
    group_by: tuple[Run, ...]
    linger: int
    age_limit: int
    rate_limit: RateLimit
    outcomes: tuple[OutcomeRule, ...]
    repeatable: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """A vendor, read from one file. `flows` are what its requests carry, `clicks` the click ids among it that its
    company issued (`click.gclid`), `document` is the file with its places."""

    id: str
    file: str
    vendor: str
    purposes: tuple[str, ...]
    requires: frozenset[str]
    sends: Mapping[str, frozenset[str]]
    settings: Mapping[str, Setting]
    secrets: Mapping[str, Secret]
    pixels: tuple[Pixel, ...]
    api: Api
    flows: tuple[Flow, ...]
    clicks: frozenset[str]
    document: Document

    @property
    def tcf_vendor(self) -> int:
        """Its id in the global vendor list of the TCF, or 0."""
        return int(self.document.value["metadata"].get("tcf_vendor", 0))

    @property
    def ac_provider(self) -> int:
        """Its id in Google's list of ad technology providers, or 0."""
        return int(self.document.value["metadata"].get("ac_provider", 0))

    @property
    def account(self) -> str:
        """The setting that names the account, or empty."""
        return next((name for name, setting in self.settings.items() if setting.account), "")


def load_manifest(text: str, file: str) -> Manifest:
    """The manifest of a file. ConfigurationError carries everything that is wrong with it, with its place."""
    document = load(text, file)
    findings = list(document.findings)
    findings += MANIFEST(document.value, (), document)
    if findings:
        raise ConfigurationError(findings)
    value = document.value
    names = Names(frozenset(value.get("settings", {})), frozenset(value.get("secrets", {})), kept_names(value))
    given = expanded(value)
    compiler = Compiler(document, names)
    api, flows = _api(given, compiler, document)
    _erasure(value.get("erasure", {}), Compiler(document, names), findings)
    pixels, problems = compile_pixels(value, document)
    metadata, privacy = value["metadata"], value["privacy"]
    requires = frozenset(privacy.get("requires", ()))
    sends = {name: frozenset(grants) for name, grants in privacy.get("sends", {}).items()}
    findings += [*compiler.findings, *problems, *uncovered(flows, sends, requires, document)]
    url = given["request"]["url"]
    findings += foreign(metadata, url, flows, document)
    findings += _secret_problems(value, document)
    if requires and privacy.get("on_denied") == "limited":
        message = "a manifest that requires a grant sends nothing without it; limited belongs to one that requires none"
        findings.append(wrong(document, ("privacy", "on_denied"), "M003", message))
    if findings:
        raise ConfigurationError(findings)
    settings = {name: _setting(given) for name, given in value.get("settings", {}).items()}
    secrets = {
        name: Secret(str(given.get("prefix", "")), bool(given.get("optional")))
        for name, given in value.get("secrets", {}).items()
    }
    clicks = issued_by(company_of(metadata, url), flows)
    return Manifest(
        metadata["id"], file, metadata["vendor"], tuple(privacy["purposes"]), requires, sends, settings, secrets,
        pixels, api, flows, clicks, document,
    )  # fmt: skip


def seconds(duration: str) -> int:
    """`72h` in seconds."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def _setting(given: Mapping[str, Any]) -> Setting:
    default = given.get("default")
    return Setting(
        re.compile(given["pattern"]) if "pattern" in given else None,
        None if default is None else str(default),
        bool(given.get("optional")),
        given.get("type") == "map",
        bool(given.get("account")),
    )


def _api(api: Mapping[str, Any], compiler: Compiler, document: Document) -> tuple[Api, tuple[Flow, ...]]:
    request, batch, at = api["request"], api.get("batch", {}), ("api", "request")
    url, url_flows, problem = compile_url(request["url"], compiler, (*at, "url"))
    if problem:
        compiler.findings.append(wrong(document, (*at, "url"), "M006", problem))
    parts = {name: compiler.value(request.get(name), (*at, name)) for name in ("query", "body")}
    headers = {
        name: compiler.value(value, (*at, "headers", name)) for name, value in request.get("headers", {}).items()
    }
    event = compiler.value(api["event"], ("api", "event"))
    events = {
        name: compiler.value(value, ("api", "events", name))
        for name, value in api.get("events", {"*": "= event.name"}).items()
    }
    auth, auth_nodes = _auth(api.get("auth", {"kind": "none"}), compiler)
    group_by = [
        compiler.value(_as_expression(value), ("api", "batch", "group_by", index))
        for index, value in enumerate(batch.get("group_by", []))
    ]
    nodes: Iterable[Node] = (*parts.values(), *headers.values(), event, *events.values(), *auth_nodes)
    compiled = Api(
        auth=auth,
        method=request.get("method", "POST"),
        url=url,
        headers=tuple((name, node.run) for name, node in headers.items()),
        query=parts["query"].run if "query" in request else None,
        query_safe=request.get("query_safe", ""),
        query_form=request.get("query_form", "query"),
        style=request.get("style", "json"),
        body=parts["body"].run if "body" in request else None,
        events={name: node.run for name, node in events.items()},
        event=event.run,
        event_encoding=api.get("event_encoding", "json"),
        requires=tuple((tuple(rule["present"].split(".")[1:]), rule["reason"]) for rule in api.get("requires", [])),
        max_events=batch.get("max_events", 1),
        max_bytes=batch.get("max_bytes", 0),
        group_by=tuple(node.run for node in group_by),
        linger=seconds(batch.get("linger", "0s")),
        age_limit=seconds(api.get("age_limit", "0s")),
        rate_limit=_rate_limit(api.get("rate_limit", {})),
        outcomes=tuple(compile_rule(rule) for rule in api["outcome"]),
        repeatable=api.get("dedup", {}).get("key", ()) is not None,
    )
    return compiled, url_flows + tuple(flow for node in nodes for flow in node.flows)


def _rate_limit(given: Mapping[str, Any]) -> RateLimit:
    requests = given.get("requests", 0)
    return RateLimit(requests, seconds(given.get("per", "1s")) if requests else 0, given.get("daily", 0))


def _as_expression(value: Any) -> Any:
    """A bare path in `group_by` stands for its value."""
    return f"= {value}" if isinstance(value, str) and not value.startswith("= ") else value


def _auth(auth: Mapping[str, Any], compiler: Compiler) -> tuple[Auth, list[Node]]:
    at = ("api", "auth")
    nodes = {name: compiler.value(auth[name], (*at, name)) for name in ("user", "id", "timestamp") if name in auth}
    runs = {name: node.run for name, node in nodes.items()}
    compiled = Auth(
        auth["kind"],
        auth.get("name", ""),
        runs.get("user"),
        auth.get("secret", ""),
        runs.get("id"),
        runs.get("timestamp"),
        auth.get("scope", ""),
    )
    return compiled, list(nodes.values())


def _secret_problems(value: Mapping[str, Any], document: Document) -> list[Finding]:
    """An authentication that names a secret nobody declares, or lacks what its kind needs (M003)."""
    auth = value["api"].get("auth", {"kind": "none"})
    needs = {
        "bearer": ("secret",), "header": ("secret", "name"), "query": ("secret", "name"), "basic": ("secret", "user"),
        "standard_webhooks": ("secret", "id", "timestamp"), "google_service_account": ("secret", "scope"),
    }.get(auth["kind"], ())  # fmt: skip
    at = ("api", "auth")
    findings = [wrong(document, at, "M003", f'{auth["kind"]} needs "{name}"') for name in needs if name not in auth]
    if auth.get("secret", "") not in ("", *value.get("secrets", {})):
        findings.append(wrong(document, (*at, "secret"), "M004", "not declared under secrets"))
    return findings


def _erasure(erasure: Mapping[str, Any], compiler: Compiler, findings: list[Finding]) -> None:
    """Compile what an erasure would send, so that a path nobody has is found now. What a step saves, later ones see."""
    steps = erasure.get("steps") or [erasure.get("request", {})]
    saved = [step["save"] for step in steps if "save" in step]
    reader = compiler.for_erasure(saved)
    for index, step in enumerate(steps):
        at = ("erasure", "steps", index) if "steps" in erasure else ("erasure", "request")
        for name in ("url", "body", "headers", "query"):
            if name in step:
                reader.value(step[name], (*at, name))
    findings += reader.findings
