"""Give a visitor who agreed the cookie to be known again by, and take it back when the choice no longer allows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.consent.cookies import parse_cookies
from gateway.consent.invalid import Invalid
from gateway.consent.opt_out import COOKIE as OPT_OUT
from gateway.consent.receipt import COOKIE as CONSENT
from gateway.consent.receipt import ConsentRecord
from gateway.consent.visitor import COOKIE, ID_BYTES, Bond, Visitors, seal
from gateway.keys import Subjects
from gateway.recognition import Recognition
from gateway.web import own_cookies

Fields = Mapping[bytes, list[bytes]]

# What stood in the browser before a choice and is not what it says now: with a yes the no to everything goes.
_REPLACED = (CONSENT.encode(), OPT_OUT.encode())


@dataclass(frozen=True, slots=True)
class VisitorDesk:
    """Says what becomes of the cookie after a choice. `ring` seals it, `subject_ring` keys consent records, `random`
    makes bytes. Only the answer to a choice ever sets it; hits never do."""

    recognition: Recognition
    ring: bytes
    subject_ring: bytes
    random: Callable[[int], bytes]

    def answer(self, fields: Fields, peer: str, site: str, chosen: tuple[ConsentRecord, str]) -> str | None:
        """The Set-Cookie line for a record and its sealed form, or None where there is nothing to change.

        A good cookie of the same record stays as it is: choosing again makes nobody known for longer.
        """
        record, sealed = chosen
        pairs = parse_cookies(fields.get(b"cookie", []))
        others = [] if isinstance(pairs, Invalid) else [pair for pair in pairs if pair[0] not in _REPLACED]
        cookies = b"; ".join(b"=".join(pair) for pair in [*others, (CONSENT.encode(), sealed.encode())])
        granted = any(choice.granted for choice in record.choices) and not isinstance(pairs, Invalid)
        seconds = granted and self.recognition.seconds({**fields, b"cookie": [cookies]}, peer, site, record.given)
        if not seconds:
            here = isinstance(pairs, Invalid) or any(name == COOKIE.encode() for name, _ in others)
            return own_cookies.line(COOKIE, "", 0) if here else None
        bond = Bond(site, Subjects(self.subject_ring).digest(record.reference))
        if Visitors(self.ring).read(fields, bond, record.given):
            return None
        seconds = min(seconds, record.expires - record.given)
        value = seal(self.random(ID_BYTES), record.given + seconds, self.ring, bond)
        return own_cookies.line(COOKIE, value, seconds)
