"""Warn where a policy lists a click id for a destination that never gets it: somebody else issued it."""

from collections.abc import Iterator, Mapping

from gateway.errors import Finding
from gateway.policy.decide import Policy
from gateway.taxonomy import ISSUER_OF
from gateway.vendors.request import Destination


def foreign_clicks(policy: Policy, destinations: Mapping[str, Destination]) -> Iterator[Finding]:
    """A warning (G033) for each click id that is named. A group (`click`) names none: it is what there is."""
    for name, destination in destinations.items():
        rule = policy.destinations.get(name)
        own = destination.manifest.clicks
        listed = [field for field in rule.fields if field.startswith("click.") and field not in own] if rule else []
        for field in listed:
            issuer = ISSUER_OF.get(field.removeprefix("click."), "somebody else")
            message = f"{name} never gets {field}: {issuer} issued it, or {destination.manifest.id} does not send it"
            hint = f"leave it out; {destination.manifest.id} gets {', '.join(sorted(own)) or 'no click id'}"
            line, column = (rule.place.line, rule.place.column) if rule and rule.place else (1, 1)
            yield Finding(policy.file, line, column, "G033", message, hint, "warning")
