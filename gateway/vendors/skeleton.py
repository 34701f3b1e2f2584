"""The manifest that a new vendor begins with: it loads, its tests hold, and its places wait to be filled in."""

import re
from datetime import date

SKELETON = "_skeleton.yaml"

# Short enough for what is named after it, too.
NAME = re.compile(r"[a-z][a-z0-9_]{1,34}")


def skeleton(text: str, identity: str, today: date) -> str:
    """The skeleton for a vendor of this id. ValueError where that is no id a manifest may have."""
    if not NAME.fullmatch(identity):
        raise ValueError("an id is in snake case and begins with a letter")
    hyphened = identity.replace("_", "-").strip("-")
    words = {
        "new_vendor": identity,
        "new-vendor": hyphened,
        "New Vendor": identity.replace("_", " ").strip().title(),
        "1970-01-01": today.isoformat(),
    }
    return re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)
