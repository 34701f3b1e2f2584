"""Read the address of the page that a pixel tells of: the campaign and the click that led there."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import BadRequest
from gateway.vendors.found import Found, Rule
from gateway.vendors.query import inner_pairs


@dataclass(frozen=True, slots=True)
class PageAddress:
    """`rules` are those of the parameters of the page's own address, `fields` all that they lead to."""

    rules: Mapping[str, Rule]
    fields: frozenset[str]

    def tell(self, found: Found) -> None:
        """Put what the address says. A broken address is the visitor's: it tells nothing."""
        query = found.get("page.url", "").partition("?")[2].partition("#")[0]
        try:
            given = list(inner_pairs(query))
        except BadRequest:
            return
        for name, value in given:
            rule = self.rules.get(name)
            if rule is not None:
                found.put(rule, value)


def page_address(rules: Mapping[str, Rule]) -> PageAddress | None:
    """The reader of an address by its rules; None where there are none."""
    return PageAddress(rules, frozenset(field for rule in rules.values() for field in rule.targets)) if rules else None
