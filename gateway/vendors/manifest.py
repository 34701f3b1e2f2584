"""Load a vendor's manifest: its shape, its meaning, and everything compiled that a request will need."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.errors import ConfigurationError
from gateway.marked_yaml import Document, load
from gateway.outbound import Outcome
from gateway.vendors import contract
from gateway.vendors.auth import Auth, compile_auth
from gateway.vendors.erasure import Erasure, compile_erasure
from gateway.vendors.expressions import Compiler, Names, Run
from gateway.vendors.flows import Flow, uncovered
from gateway.vendors.issuers import company_of, foreign, issued_by
from gateway.vendors.limits import Limit, compile_limits
from gateway.vendors.outcomes import Rule as OutcomeRule
from gateway.vendors.outcomes import compile_rule
from gateway.vendors.pixel import Pixel
from gateway.vendors.pixel_section import compile_pixels, kept_names
from gateway.vendors.relay import expanded
from gateway.vendors.schema import MANIFEST
from gateway.vendors.shapes import seconds, wrong
from gateway.vendors.writing import Overlay, Template, compile_overlay, compile_template


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


class RateLimit(NamedTuple):
    """What a vendor lets one account ask: `requests` in `per` seconds, and `daily` in a day; 0 means no limit."""

    requests: int = 0
    per: int = 0
    daily: int = 0


@dataclass(frozen=True, slots=True)
class Api:
    """The compiled API side. `age_limit`, `linger` and `dedup_window` are seconds, 0 where the vendor sets none;
    `max_bytes` 0 means no limit. `test` goes over the request of a destination that is only tried."""

    auth: Auth
    request: Template
    test: Overlay | None
    events: Mapping[str, Run]
    event: Run
    event_encoding: str
    limits: tuple[Limit, ...]
    requires: tuple[tuple[tuple[str, ...], str], ...]
    max_events: int
    max_bytes: int
    group_by: tuple[Run, ...]
    linger: int
    age_limit: int
    rate_limit: RateLimit
    outcomes: tuple[OutcomeRule[Outcome], ...]
    repeatable: bool
    dedup_window: int


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
    erasure: Erasure
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
    def country(self) -> str:
        """The code of the country where its company sits (ISO 3166-1), or empty where it runs on anybody's host."""
        return str(self.document.value["metadata"].get("country", ""))

    @property
    def own(self) -> bool:
        """Whether the operator runs it: what it gets stays with the site itself."""
        return bool(self.document.value["metadata"].get("company") == "operator")

    @property
    def keyed(self) -> bool:
        """Whether it may need the destination's key, for `hmac`."""
        return any("hmac" in repr(self.document.value.get(side)) for side in ("api", "erasure"))

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
    erasure, wrongs = compile_erasure(document, names, flows)
    pixels, problems = compile_pixels(value, document)
    metadata, privacy = value["metadata"], value["privacy"]
    requires = frozenset(privacy.get("requires", ()))
    sends = {name: frozenset(grants) for name, grants in privacy.get("sends", {}).items()}
    findings += [*compiler.findings, *wrongs, *problems, *uncovered(flows, sends, requires, document)]
    url = given["request"]["url"]
    findings += [*foreign(metadata, url, flows, document), *contract.problems(value, url, document)]
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
        pixels, api, erasure, flows, clicks, document,
    )  # fmt: skip


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
    batch, dedup = api.get("batch", {}), api.get("dedup", {})
    request = compile_template(api["request"], compiler, ("api", "request"))
    test = compile_overlay(api["test_mode"], compiler, ("api", "test_mode")) if "test_mode" in api else None
    event = compiler.value(api["event"], ("api", "event"))
    events = {
        name: compiler.value(value, ("api", "events", name))
        for name, value in api.get("events", {"*": "= event.name"}).items()
    }
    auth = compile_auth(api.get("auth", {"kind": "none"}), compiler, ("api", "auth"))
    group_by = [
        compiler.value(_as_expression(value), ("api", "batch", "group_by", index))
        for index, value in enumerate(batch.get("group_by", []))
    ]
    flows = (*request.flows, *(test.flows if test else ()), *auth.flows)
    compiled = Api(
        auth=auth,
        request=request,
        test=test,
        events={name: node.run for name, node in events.items()},
        event=event.run,
        event_encoding=api.get("event_encoding", "json"),
        limits=compile_limits(api.get("limits", {})),
        requires=tuple((tuple(rule["present"].split(".")[1:]), rule["reason"]) for rule in api.get("requires", [])),
        max_events=batch.get("max_events", 1),
        max_bytes=batch.get("max_bytes", 0),
        group_by=tuple(node.run for node in group_by),
        linger=seconds(batch.get("linger", "0s")),
        age_limit=seconds(api.get("age_limit", "0s")),
        rate_limit=_rate_limit(api.get("rate_limit", {})),
        outcomes=tuple(compile_rule(rule, Outcome) for rule in api["outcome"]),
        repeatable=dedup.get("key", ()) is not None,
        dedup_window=seconds(dedup.get("window", "0s")),
    )
    return compiled, flows + tuple(flow for node in (event, *events.values()) for flow in node.flows)


def _rate_limit(given: Mapping[str, Any]) -> RateLimit:
    requests = given.get("requests", 0)
    return RateLimit(requests, seconds(given.get("per", "1s")) if requests else 0, given.get("daily", 0))


def _as_expression(value: Any) -> Any:
    """A bare path in `group_by` stands for its value."""
    return f"= {value}" if isinstance(value, str) and not value.startswith("= ") else value
