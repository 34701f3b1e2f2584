"""Find and mask personal data by the rules that ship with the gateway."""

from gateway.anonymise.scrub.everywhere import Search
from gateway.anonymise.scrub.keys import Names, folded
from gateway.anonymise.scrub.labels import Span, mask
from gateway.anonymise.scrub.opaque import StrictSearch
from gateway.anonymise.scrub.own import OwnPatterns
from gateway.anonymise.scrub.people import People
from gateway.anonymise.scrub.rules import ScrubRules
from gateway.anonymise.scrub.strict import Scrubber
from gateway.anonymise.scrub.tables import shipped
from gateway.anonymise.scrub.walk import Detector

TABLE = shipped("keys.yaml")
PEOPLE = People(shipped("names.yaml"))
# For parameters that somebody listed on purpose: that one is called `uid` is no news then.
_UNLISTED = ("user_id", "online_id")


def names(rules: ScrubRules, leave: tuple[str, ...] = ()) -> Names:
    """The shipped table with the names of an operator in front, without the headings to `leave`."""
    own = {heading: " ".join(map(folded, words)) for heading, words in rules.keys.items()}
    return Names({heading: words for heading, words in TABLE.items() if heading not in leave}, own, rules.harmless)


def detector(rules: ScrubRules) -> Detector:
    """Finds personal data by the shipped rules and those of an operator."""
    return Detector(names(rules), Search(PEOPLE), OwnPatterns(rules.patterns))


def scrubber(rules: ScrubRules) -> Scrubber:
    """Scrubs events by the shipped rules and those of an operator."""
    search, own = StrictSearch(PEOPLE), OwnPatterns(rules.patterns)
    listed = Detector(names(rules, _UNLISTED), search, own)
    return Scrubber(Detector(names(rules), search, own), listed, detector(rules))


DETECTOR = detector(ScrubRules())
SHIPPED = scrubber(ScrubRules())
NAMES = names(ScrubRules())


def spans(text: str, kind: str = "text") -> list[Span]:
    """What is personal in `text`, as (start, end, label) in code points, from left to right without overlaps.

    `kind` is one of `walk.KINDS`.
    """
    return DETECTOR.spans(text, kind)


def masked(text: str, kind: str = "text") -> str:
    """`text` with a mask in the place of everything personal."""
    return mask(text, spans(text, kind))
