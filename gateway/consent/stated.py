"""Let what a shop or a tag states of its visitor vote: categories that are not allowed. Nothing here grants."""

import re
from dataclasses import dataclass

from gateway.consent.ballot import Ballot, Scene, joined
from gateway.consent.meaning import Answer, Question, answer

# Segment: `context.consent.categoryPreferences`, an object of categories that the site named. Carried as `value=name`.
PREFERENCES = "categoryPreferences"

# Shopify: `customerPrivacy` of a pixel, and the payload of its own events.
ALLOWED = {
    "analyticsProcessingAllowed": "analytics", "analytics_allowed": "analytics",
    "marketingAllowed": "advertising", "marketing_allowed": "advertising",
    "preferencesProcessingAllowed": "functional", "preferences_allowed": "functional",
    "saleOfDataAllowed": "sale_share", "sale_of_data_allowed": "sale_share",
}  # fmt: skip
CARRIERS = (PREFERENCES, *ALLOWED)

# A site's own name of a category, as plain letters -> ours. Any other is unknown, and its no a no to everything.
_WORDS = {
    **dict.fromkeys(("advertising", "ads", "marketing", "targeting", "retargeting", "c0004"), "advertising"),
    **dict.fromkeys(("analytics", "statistics", "performance", "measurement", "c0002"), "analytics"),
    **dict.fromkeys(("functional", "functionality", "preferences", "c0003"), "functional"),
    **dict.fromkeys(("personalization", "personalisation"), "personalization"),
    **dict.fromkeys(("social", "socialmedia", "c0005"), "social"),
    **dict.fromkeys(("saleofdata", "datasale", "sale", "donotsell"), "sale_share"),
    **dict.fromkeys(("necessary", "strictlynecessary", "essential", "c0001"), "necessary"),
}
_YES = frozenset(("1", "true", "yes", "granted"))
_NO_LETTER = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class StatedSource:
    """What is stated beside an event. What is there and no clear yes is a no; an empty value was never answered."""

    questions: tuple[Question, ...]
    cookies: frozenset[bytes] = frozenset()
    carriers: frozenset[str] = frozenset(CARRIERS)

    def vote(self, scene: Scene) -> Ballot:
        """A refusal for each purpose that a refused category refuses, statement by statement."""
        found = []
        for name in CARRIERS:
            refused = {kind for value in scene.carried.get(name, ()) if (kind := _refused(name, value))}
            said = dict.fromkeys(sorted(refused), False)
            if "advertising" in said:
                said["personalization"] = False
            if said:
                found.append(answer(f"stated:{name}", self.questions, Answer(said, said, explicit=False, day=None)))
        return joined(found) if found else Ballot()


def _refused(name: str, value: str) -> str:
    """The category that a statement refuses, or nothing."""
    said, _, category = value.partition("=")
    if said.strip().lower() in _YES or not said.strip():
        return ""
    if name != PREFERENCES:
        return ALLOWED[name]
    return _WORDS.get(_NO_LETTER.sub("", category.lower()), "unknown")
