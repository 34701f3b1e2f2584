"""Let the gateway's own receipt vote."""

from dataclasses import dataclass

from gateway.consent.ballot import Ballot, Scene, Unreadable, refuse
from gateway.consent.invalid import Invalid
from gateway.consent.receipt import COOKIE, Choice, ConsentRecord, open_receipt
from gateway.consent.rules import ReadingRules
from gateway.days import SECONDS_A_DAY
from gateway.facts import Vote

NAME = "gateway_receipt"


@dataclass(frozen=True, slots=True, repr=False)
class ReceiptSource:
    """The cookie `__Host-consent`.

    A forged, expired or foreign one is no cookie. Two of them are a tossed one among them, and nobody can tell which:
    both are ignored, and everything that can be refused is.
    """

    rules: ReadingRules
    key: bytes
    trusted: bool
    name: str = NAME
    cookies: frozenset[bytes] = frozenset({COOKIE.encode()})
    carriers: frozenset[str] = frozenset()

    def vote(self, scene: Scene) -> Ballot:
        """One vote for each answered purpose of the policy."""
        values = scene.cookies.get(COOKIE.encode(), [])
        if not values:
            return Ballot()
        if len(values) > 1:
            return refuse(NAME, self.rules.refusable, "given more than once")
        record = open_receipt(values[0].decode("latin-1"), self.key, scene.site, scene.now)
        if isinstance(record, Invalid):
            return Ballot(unreadable=(Unreadable(NAME, record.reason),))
        return self._answers(record)

    def _answers(self, record: ConsentRecord) -> Ballot:
        day = record.given // SECONDS_A_DAY
        counted = [choice for choice in record.choices if self._counts(choice)]
        votes = tuple(
            Vote(choice.purpose, NAME, grant=choice.granted, trusted=self.trusted, day=day) for choice in counted
        )
        reasons = tuple("accepted" if choice.granted else "refused" for choice in counted)
        return Ballot(votes, reasons, notified=record.notified, record=record.reference, until=record.expires)

    def _counts(self, choice: Choice) -> bool:
        """A no stands even when the words have changed since; a yes is to the words that were shown."""
        rule = self.rules.purposes.get(choice.purpose)
        if rule is None:
            return False
        return not choice.granted or (self.trusted and choice.terms == rule.terms)
