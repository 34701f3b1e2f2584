"""Find and mask personal data by the rules that ship with the gateway."""

from gateway.anonymise.scrub.everywhere import Search
from gateway.anonymise.scrub.keys import Names
from gateway.anonymise.scrub.labels import Span, mask
from gateway.anonymise.scrub.opaque import StrictSearch
from gateway.anonymise.scrub.own import OwnPatterns
from gateway.anonymise.scrub.people import People
from gateway.anonymise.scrub.strict import Scrubber
from gateway.anonymise.scrub.tables import shipped
from gateway.anonymise.scrub.walk import Detector

TABLE = shipped("keys.yaml")
NAMES = Names(TABLE)
# For parameters that somebody listed on purpose: that one is called `uid` is no news then.
LISTED_NAMES = Names({heading: words for heading, words in TABLE.items() if heading not in ("user_id", "online_id")})
PEOPLE = People(shipped("names.yaml"))
DETECTOR = Detector(NAMES, Search(PEOPLE), OwnPatterns())
STRICT = StrictSearch(PEOPLE)
SHIPPED = Scrubber(Detector(NAMES, STRICT, OwnPatterns()), Detector(LISTED_NAMES, STRICT, OwnPatterns()), DETECTOR)


def spans(text: str, kind: str = "text") -> list[Span]:
    """What is personal in `text`, as (start, end, label) in code points, from left to right without overlaps.

    `kind` is one of `walk.KINDS`.
    """
    return DETECTOR.spans(text, kind)


def masked(text: str, kind: str = "text") -> str:
    """`text` with a mask in the place of everything personal."""
    return mask(text, spans(text, kind))
