"""Delete one person at a vendor: the requests, made of that person's identifiers alone, and what the answers mean."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import Finding
from gateway.marked_yaml import Document
from gateway.outbound import Erased, Reply
from gateway.taxonomy import is_field
from gateway.vendors import outcomes
from gateway.vendors.auth import Auth, compile_auth
from gateway.vendors.expressions import Compiler, Names
from gateway.vendors.flows import Flow
from gateway.vendors.shapes import wrong
from gateway.vendors.writing import Template, compile_template

# What a person may prove to be theirs and what is handed in for one deletion, in clear; it is in no event.
PROVEN = ("email", "phone")

# Beside the person, an erasure knows the operator's part, and what the vendor answered to the step before.
_ROOTS = ("subject", "settings", "secret", "account", "now", "answer")


_NO_AUTH = Auth()


@dataclass(frozen=True, slots=True)
class Erasure:
    """The compiled erasure side. `needs` are the identifiers without which nothing is asked (`id.user`, `email`), and
    `asks` is what the operator has to give for it (`secret.token`). Without steps nobody can be deleted."""

    supported: str
    note: str = ""
    auth: Auth = _NO_AUTH
    steps: tuple[Template, ...] = ()
    rules: tuple[outcomes.Rule[Erased], ...] = ()
    needs: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()

    def read(self, reply: Reply) -> Erased:
        """What an answer means. A 2xx that no rule knows is a promise and no more."""
        rule = outcomes.matching(self.rules, reply)
        if rule:
            return rule.then
        if 200 <= reply.status < 300:
            return Erased.ACCEPTED
        if reply.status in (401, 403):
            return Erased.DISABLE
        return Erased.RETRY if outcomes.temporary(reply.status) else Erased.FAILED


def compile_erasure(document: Document, names: Names, sent: Iterable[Flow]) -> tuple[Erasure, list[Finding]]:
    """The erasure side of a manifest and what is wrong with it. `sent` is what its API side sends of a person."""
    given: Mapping[str, Any] = document.value.get("erasure", {"supported": False})
    supported = {True: "yes", False: "no"}.get(given["supported"], "partial")
    if supported == "no":
        return Erasure(supported, given.get("note", "")), []
    compiler = Compiler(document, names, ("subject", "answer"))
    requests = given.get("steps") or [given["request"]]
    places: list[tuple[str | int, ...]] = [("erasure", "request")]
    if "steps" in given:
        places = [("erasure", "steps", index) for index in range(len(requests))]
    steps = tuple(compile_template(step, compiler, at) for step, at in zip(requests, places, strict=True))
    auth_at = ("erasure", "auth") if "auth" in given else ("api", "auth")
    auth = compile_auth(given.get("auth") or document.value["api"].get("auth", {"kind": "none"}), compiler, auth_at)
    flows = [*(flow for step in steps for flow in step.flows), *auth.flows]
    sources = {flow.source for flow in flows}
    erasure = Erasure(
        supported,
        given.get("note", ""),
        auth,
        steps,
        tuple(outcomes.compile_rule(rule, Erased) for rule in given.get("outcome", ())),
        frozenset(source.removeprefix("subject.") for source in sources if source.startswith("subject.")),
        frozenset(source for source in sources if source.startswith(("settings.", "secret."))),
    )
    return erasure, [*compiler.findings, *_problems(erasure, flows, {flow.source for flow in sent}, document)]


def person(identifiers: Mapping[str, str]) -> dict[str, Any]:
    """`subject` of an erasure: identifiers by field (`id.user`), and what was proven (`email`), nested."""
    result: dict[str, Any] = {}
    for name, value in identifiers.items():
        group, dot, field = name.partition(".")
        if dot:
            result.setdefault(group, {})[field] = value
        else:
            result[group] = value
    return result


def _problems(erasure: Erasure, flows: Iterable[Flow], sent: set[str], document: Document) -> Iterator[Finding]:
    """What an erasure must not say (M013): anything of an event, or an identifier that the vendor never got from us."""
    for flow in dict.fromkeys(flows):
        root, _, rest = flow.source.partition("[")[0].partition(".")
        if root not in _ROOTS:
            message = f"{flow.source}: an erasure knows the person's identifiers and nothing of an event"
            yield wrong(document, flow.at, "M013", message, "subject.id.…, subject.contact.…, subject.email")
        elif root == "subject" and rest not in PROVEN:
            if not (is_field(rest) and rest.partition(".")[0] in ("id", "contact")):
                yield wrong(document, flow.at, "M004", f'"{flow.source}" is no identifier of a person')
            elif not sent & {rest, "fields"}:
                yield wrong(
                    document, flow.at, "M013", f"{rest} is nothing that this vendor gets, and it would learn it"
                )
    if not erasure.needs:
        yield wrong(document, ("erasure",), "M013", "it names no identifier, so it would delete nobody or everybody")
