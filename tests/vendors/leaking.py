"""Edits of a manifest that would leak, of many kinds; each must be refused when the manifest is loaded.

`python -m tests.vendors.leaking` tries every kind on every shipped manifest (a minute of
work) and names those that were let through; exit code 1 where there are any. The tests try a sample.
"""

import copy
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.resources import files
from typing import Any

from gateway.errors import ConfigurationError
from gateway.taxonomy import ISSUER_OF
from gateway.vendors.catalogue import SHIPPED
from gateway.vendors.expressions import GRANTS
from gateway.vendors.issuers import company_of
from gateway.vendors.manifest import Manifest, load_manifest
from gateway.vendors.relay import expanded
from tests.vendors.promises import FIELDS, PROMISES, Edit, Value, kept, put


def unguarded(manifest: Manifest, *classes: str) -> str:
    """A field that this manifest may not send without more ado, or empty."""
    for data in classes or FIELDS:
        needed = manifest.sends.get(data)
        if needed is None or not needed <= manifest.requires:
            return FIELDS[data]
    return ""


def shaped(shape: Callable[[str], Any], *classes: str) -> Edit:
    """An edit that sends a field in a shape."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        source = unguarded(manifest, *classes)
        return put(value, shape(source)) if source else None

    return edit


def requested(change: Callable[[Value, str], None]) -> Edit:
    """An edit of the request that the API side, or the relay, is."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        source = unguarded(manifest)
        if "relay" in value["api"] or not source:
            return None
        change(value["api"]["request"], source)
        return value

    return edit


def addressed(url: str) -> Edit:
    """An edit that sends everything elsewhere."""

    def edit(value: Value, manifest: Manifest) -> Value:
        api = value["api"]
        api["relay" if "relay" in api else "request"]["url"] = url
        return value

    return edit


def foreign(click: str) -> Edit:
    """An edit that sends another company's click id."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        company = company_of(value["metadata"], expanded(value)["request"]["url"])
        return put(value, f"= click.{click}") if ISSUER_OF[click] != company else None

    return edit


def under(place: str, leak: Any) -> Edit:
    """An edit of a part of the API side that is added as a whole."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        source = unguarded(manifest)
        text = json.dumps(leak).replace("SOURCE", source)
        value["api"][place] = json.loads(text)
        return value if source else None

    return edit


def erased(**changes: Any) -> Edit:
    """An edit of how a person is deleted."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        if any(flow.source == "fields" for flow in manifest.flows):
            return None  # whoever gets the event as a whole knows every identifier
        value["erasure"] = {"supported": True, **copy.deepcopy(changes)}
        return value

    return edit


def granted(where: str) -> Edit:
    """An edit that sends a field beside the consent that guards it."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        for data, needed in manifest.sends.items():
            lacking = needed - manifest.requires
            if data not in FIELDS or not lacking:
                continue
            leak = f"= {FIELDS[data]}"
            other = next(grant for grant in GRANTS if grant not in needed)
            shapes = {
                "wrong": {"$grant": other, "$value": leak}, "else": {"$grant": sorted(lacking), "$value": "x", "$else": leak},
                "half": {"$first": [{"$grant": sorted(lacking), "$value": leak}, leak]},
            }  # fmt: skip
            return put(value, shapes[where])
        return None

    return edit


def unrequired(value: Value, manifest: Manifest) -> Value | None:
    """What the whole manifest waited for is not asked for any more."""
    guarded = any(needed & manifest.requires for needed in manifest.sends.values())
    carried = {flow.data for flow in manifest.flows if not manifest.requires & flow.grants}
    bare = any(manifest.sends.get(data, frozenset()) & manifest.requires for data in carried)
    value["privacy"]["requires"] = []
    return value if guarded and bare and "relay" not in value["api"] else None


def claimed(value: Value, manifest: Manifest) -> Value | None:
    """Another company's name on requests whose receiver is known."""
    company = company_of({}, expanded(value)["request"]["url"])
    value["metadata"]["company"] = "meta" if company != "meta" else "google"
    return value if company else None


def limited(value: Value, manifest: Manifest) -> Value | None:
    """A mode for events without consent, in a manifest that needs consent."""
    value["privacy"]["on_denied"] = "limited"
    return value if manifest.requires else None


_TOKEN = {"kind": "oauth2_client_credentials", "token": {"url": "https://a.example/token"}}
_HASHED = ("contact_hash", "visitor_id", "geo", "free_text")
_ME = "= subject.email"

EDITS: Mapping[str, Edit] = {
    **{f"a field of the class {data}": shaped(lambda source: f"= {source}", data) for data in FIELDS},
    "an address": lambda value, manifest: None if "ip" in manifest.sends else put(value, "= client.ip"),
    "a field in a text": shaped(lambda source: f"x-{{{{ {source} }}}}"),
    "a field in a list": shaped(lambda source: [[f"= {source}"]]),
    "a field as a condition": shaped(lambda source: {"$if": f"= {source}", "$then": 1, "$else": 0}),
    "a field behind a condition": shaped(lambda source: {"$if": "= order.value", "$then": f"= {source}"}),
    "a field as a case": shaped(lambda source: {"$case": f"= {source}", "$of": {"a": 1}, "$default": 2}),
    "a field in a case": shaped(lambda source: {"$case": "= event.name", "$of": {"purchase": f"= {source}"}}),
    "a field as the default of a case": shaped(lambda source: {"$case": "= event.name", "$of": {}, "$default": f"= {source}"}),
    "a field looked up": shaped(lambda source: {"$lookup": f"= {source}", "$in": {"a": 1}}),
    "a field as the default of a look-up": shaped(lambda source: {"$lookup": "= event.name", "$in": {}, "$default": f"= {source}"}),
    "a field as the second choice": shaped(lambda source: {"$first": ["= utm.term", f"= {source}"]}),
    "a field merged in": shaped(lambda source: {"$merge": [{"a": 1}, {"b": f"= {source}"}]}),
    "a field for each of a list": shaped(lambda source: {"$each": "= order.items", "$do": f"= {source}"}),
    "a list of a field": shaped(lambda source: {"$each": f"= {source} | list", "$do": "= item", "$join": "-"}),
    "a field under a `$$` key": shaped(lambda source: {"$$set": {"x": f"= {source}"}}),
    **{
        f"a field through {call}": shaped(partial(lambda call, source: f"= {source} | {call}", call))
        for call in (
            "lower", "upper", "trim", "text", "prefix('x')", "suffix('x')", "replace('a','b')", "truncate('9')", "base64",
            "split(',') | join('-')", "list | json", "encode", "default('x')", "list | first", "sha256 | text",
        )
    },
    "a digest of a field": shaped(lambda source: f"= {source} | sha256", *_HASHED),
    "another digest of a field": shaped(lambda source: f"= {source} | md5", *_HASHED),
    "a digest of the address": lambda value, manifest: put(value, "= client.ip | sha256"),
    "a short digest of the address": lambda value, manifest: put(value, "= client.ip | hex('8')"),
    "an old digest of the address": lambda value, manifest: put(value, "= client.ip | text | md5"),
    "a field as the argument of a function": shaped(lambda source: f"= order.value | minor('{source}')"),
    "the event as a whole": shaped(lambda source: "= fields"),
    "the event as a text": shaped(lambda source: "= fields | json"),
    "a field that is none": lambda value, manifest: put(value, "= person.name"),
    "a parameter that was not kept": lambda value, manifest: put(value, "= kept.nothing_of_this"),
    "a function that is none": lambda value, manifest: put(value, "= order.value | eval('1')"),
    "a field in a header": requested(lambda request, source: request.update(headers={"X-Leak": f"= {source}"})),
    "a field in the query": requested(lambda request, source: request.update(query={"leak": f"= {source}"})),
    "a field beside the events": requested(lambda request, source: request.update(body={"leak": f"= {source}"})),
    "a field in the address": requested(lambda request, source: request.update(url=f"https://a.example/{{{{ {source} }}}}")),
    "an address without TLS": addressed("http://collect.example/"),
    "an address that is a number": addressed("https://10.0.0.1/"),
    "an address on this machine": addressed("https://localhost/"),
    "an address in the cluster": addressed("https://metadata.internal/"),
    "an address that the page names": addressed("https://{{ page.url | url.host }}/"),
    "an address that a pixel names": addressed("https://{{ source.account }}.example/"),
    "a whole address of the page": addressed("{{ page.url }}"),
    "a file that the event names": addressed("file:///tmp/{{ event.name }}"),
    "a kept parameter without a pattern": kept(""),
    "a kept parameter of any text": kept(".*"),
    "a kept parameter with an at sign": kept("[a-z@.]{3,60}"),
    "a kept parameter that could be a digest": kept("[0-9a-f]{64}"),
    "a kept parameter that could be an address": kept("[0-9.]{7,15}"),
    "a kept parameter that could be a page": kept("https://[a-z./]{3,99}"),
    **PROMISES,
    "a kept parameter with a costly pattern": kept("([a-z]+)+"),
    **{f"a click of {ISSUER_OF[click]}": foreign(click) for click in ("gclid", "fbc", "msclkid", "ttclid", "awc")},
    "a field under another consent": granted("wrong"),
    "a field without the consent": granted("else"),
    "a field with and without the consent": granted("half"),
    "no consent for the whole": unrequired,
    "a company that it is not": claimed,
    "a mode that does without": limited,
    "a field in a trial": under("test_mode", {"body": {"leak": "= SOURCE"}}),
    "a field in a trial's header": under("test_mode", {"headers": {"X-Leak": "= SOURCE"}}),
    "a trial without TLS": under("test_mode", {"url": "http://collect.example/"}),
    "a trial on this machine": under("test_mode", {"url": "https://127.0.0.1/"}),
    "a field as a user": under("auth", {"kind": "basic", "user": "= SOURCE", "secret": "token"}),
    "a token got without TLS": under("auth", {**_TOKEN, "token": {"url": "http://a.example/token"}}),
    "a token got on this machine": under("auth", {**_TOKEN, "token": {"url": "https://127.0.0.1/token"}}),
    "a token got where the page says": under("auth", {**_TOKEN, "token": {"url": "https://{{ page.url | url.host }}/"}}),
    "a field for a token": under("auth", {**_TOKEN, "token": {"url": "https://a.example/", "body": {"leak": "= SOURCE"}}}),
    "a refresh token that rotates": under(
        "auth", {"kind": "oauth2_refresh_token", "token": {"url": "https://a.example/"}, "rotates": True}
    ),
    "a secret that nobody declares": under("auth", {"kind": "bearer", "secret": "nobody_declares_this"}),
    "an order in an erasure": erased(request={"url": "https://a.example/", "body": {"who": _ME, "leak": "= order.id"}}),
    "the event in an erasure": erased(request={"url": "https://a.example/", "body": {"who": _ME, "leak": "= fields"}}),
    "a new identifier in an erasure": erased(request={"url": "https://a.example/", "body": {"leak": "= subject.id.passport"}}),
    "an erasure of everybody": erased(request={"url": "https://a.example/", "body": {"all": True}}),
    "an erasure where the person says": erased(request={"url": "https://{{ subject.email }}/"}),
    "an erasure on this machine": erased(request={"url": "https://localhost/", "body": {"who": _ME}}),
}  # fmt: skip


def slim(manifest: Manifest) -> Value:
    """The manifest's values without its tests, which loading does not run."""
    value = copy.deepcopy(manifest.document.value)
    return {**value, "tests": [{"name": "x"}]}


def let_through(edit: Edit, manifest: Manifest) -> bool | None:
    """Whether an edited manifest loads; None where the edit has no meaning for it."""
    value = edit(slim(manifest), manifest)
    if value is None:
        return None
    try:
        load_manifest(json.dumps(value), manifest.file)
    except ConfigurationError:
        return False
    return True


def tried(manifests: list[Manifest], every: int = 1) -> Iterator[tuple[str, str, bool | None]]:
    """Kind, manifest and what came of it; of each kind one manifest of `every`, another one for each kind."""
    for number, (kind, edit) in enumerate(EDITS.items()):
        for place, manifest in enumerate(manifests):
            if (number + place) % every == 0:
                yield kind, manifest.id, let_through(edit, manifest)


def shipped() -> list[Manifest]:
    """Every shipped manifest."""
    folder = files("gateway.vendors")
    return [load_manifest((folder / name).read_text("utf-8"), name) for name in SHIPPED]


if __name__ == "__main__":
    found = list(tried(shipped()))
    for kind, name, through in found:
        if through:
            print(f"{name}: {kind} is let through")
    made = [through for _, _, through in found if through is not None]
    print(f"{len(made)} edits of {len(EDITS)} kinds, {sum(made)} let through")
    sys.exit(1 if any(made) else 0)
