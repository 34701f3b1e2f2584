"""Look at a gateway that runs: what its admin listener tells of it, and what it has counted."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from gateway.doctor.result import Result, Verdict, doubtful, fine, unknown, wrong
from gateway.policy.decide import Policy

CHECK = "running"
ABOUT = "the gateway"
# A path of the admin listener in, its status and text out; None where nobody answers.
Ask = Callable[[str], tuple[int, str] | None]
Counts = Mapping[tuple[str, str], float]
# Hits that strangers forge are not an operator's to mend: only from one in so many on is something wrong.
_SHARE = 0.01
_NO_HIT = ("no hit came yet", "send one as a visitor would, and ask again")
_AWAY = "start it, name it (--at HOST:PORT), or leave it out: --skip running --skip proxies --skip edge"


class _Watched(NamedTuple):
    """A sample above `most` is no good sign."""

    metric: str
    most: float
    verdict: Verdict
    says: str
    do: str


_WATCHED = (
    _Watched("gateway_policy_reload_failed", 0, Verdict.WRONG, "the policy that is configured is not in force",
             "`gateway check` names what is wrong with it; the last good one goes on meanwhile"),
    _Watched("gateway_store_away", 0, Verdict.WRONG, "the store cannot be used",
             "/readyz says why; until then hits wait aside or are answered 503"),
    _Watched("gateway_store_lost_total", 0, Verdict.WRONG, "the server has lost events that it had acknowledged",
             "appendonly yes, appendfsync always; and see who empties it"),
    _Watched("gateway_faults_total", 0, Verdict.DOUBTFUL, "exceptions that nobody expected",
             "the log has their type and place (event \"fault\"): report them"),
    _Watched("gateway_audit_owed", 0, Verdict.DOUBTFUL, "evidence that could not be written down yet",
             "see whether the data directory can be written to"),
    _Watched("gateway_queue_oldest_seconds", 3600, Verdict.DOUBTFUL, "events have waited for more than an hour",
             "gateway_deliveries_total tells by result why"),
    _Watched("gateway_dead_letters", 0, Verdict.DOUBTFUL, "events were given up",
             "`gateway dead-letters list` tells why"),
    _Watched("gateway_incidents_total", 0, Verdict.DOUBTFUL, "values that a site should never send were masked",
             "the log names the field once (event \"incident\"): mend the page"),
)  # fmt: skip


def running(ask: Ask, policy: Policy | None, checks: Collection[str], *, edge: bool) -> Iterator[Result]:
    """The checks of a running gateway among `checks`: itself, its proxies, and its edge where there is one. `policy` is
    what stands in the files."""
    ready, page = ask("/readyz"), ask("/metrics")
    if ready is None:
        yield unknown(CHECK, ABOUT, "nobody answers at its admin listener", _AWAY)
        return
    state = _state(ready[1])
    if CHECK in checks:
        yield from _itself(ready[0], state, policy)
    if page is None or page[0] != 200:
        do = "ask from this machine, or with a key of the scope metrics (--api-key)"
        yield unknown(CHECK, ABOUT, "does not tell what it has counted", do)
        return
    samples = list(_samples(page[1]))
    if CHECK in checks:
        yield from _counted(samples)
    seen = {labels["evidence"]: value for name, labels, value in samples if name == "gateway_places_total"}
    if "proxies" in checks:
        yield _proxies(seen)
    if "edge" in checks and edge:
        yield _edge(seen)


def _itself(status: int, state: Mapping[str, Any], policy: Policy | None) -> Iterator[Result]:
    if status == 200:
        yield fine(CHECK, ABOUT, "wants traffic")
    else:
        why = ", ".join(map(str, state.get("why", ()))) or f"answers {status}"
        yield wrong(
            CHECK, ABOUT, f"wants no traffic: {why}", "the log tells since when; `gateway check`, and the store"
        )
    lanes = state.get("lanes") or {}
    for name in (name for name, lane in lanes.items() if lane != "running"):
        do = f"mend its token or setting, then POST /v1/destinations/{name}/resume"
        yield wrong(CHECK, name, f"nothing is delivered: {lanes[name]}", do)
    force = state.get("policy") or {}
    if policy is not None and force and force.get("fingerprint") != policy.fingerprint:
        do = 'SIGHUP, or wait for reload_every; if it stays so, the log tells why (event "policy_refused")'
        yield doubtful(CHECK, ABOUT, f"another policy is in force: {force.get('fingerprint')}", do)


def _counted(samples: list[tuple[str, Mapping[str, str], float]]) -> Iterator[Result]:
    for watched in _WATCHED:
        for name, labels, value in samples:
            if name == watched.metric and value > watched.most:
                about = ", ".join(labels.values()) or ABOUT
                yield Result(CHECK, about, watched.verdict, f"{watched.says} ({value:g})", watched.do)


def _proxies(seen: Mapping[str, float]) -> Result:
    """Whether hits come through proxies that nobody named. Strangers can write that header too: a few say nothing."""
    untold, about = seen.get("proxy_untold", 0), "trusted_proxies"
    hits = sum(value for each, value in seen.items() if each not in ("edge_missing", "edge_bypassed"))
    if not hits:
        return unknown("proxies", about, *_NO_HIT)
    if untold > hits * _SHARE:
        do = "name its addresses in trusted_proxies, or every visitor is where the proxy is (docs/reference/regions.md)"
        return wrong("proxies", about, f"{untold:g} of {hits:g} hits came through a proxy that nobody named", do)
    if seen.get("address_missing", 0) > hits * _SHARE:
        do = "have it add the visitor's address to the header that `forwarded` names"
        return wrong("proxies", about, f"{seen['address_missing']:g} of {hits:g} hits came without an address", do)
    return fine("proxies", about, f"{hits:g} hits were looked at")


def _edge(seen: Mapping[str, float]) -> Result:
    """Whether the edge tells where visitors are."""
    named = {each: seen.get(f"edge_{each}", 0) for each in ("named", "unread", "missing", "bypassed")}
    hits = sum(named.values())
    if not hits:
        return unknown("edge", "its header", *_NO_HIT)
    if named["bypassed"] > hits * _SHARE:
        do = "let nobody but the edge reach the public listener, and name its networks in trusted_proxies"
        return wrong("edge", "its header", f"{named['bypassed']:g} of {hits:g} hits did not come through it", do)
    if named["missing"] > hits * _SHARE:
        do = "switch it on at the edge, and see that each proxy behind passes it on (docs/reference/regions.md)"
        return wrong("edge", "its header", f"is missing in {named['missing']:g} of {hits:g} hits", do)
    if named["unread"] > hits * _SHARE:
        do = "see `edge.form`: it may be written in another way than the settings say"
        return wrong("edge", "its header", f"names no place in {named['unread']:g} of {hits:g} hits", do)
    return fine("edge", "its header", f"is seen in {named['named']:g} of {hits:g} hits")


def _state(text: str) -> Mapping[str, Any]:
    try:
        state = json.loads(text)
    except ValueError:
        return {}
    return state if isinstance(state, dict) else {}


def _samples(text: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value
