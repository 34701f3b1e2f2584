"""A second reading of the policy's manual: slow, plain, and written apart from the engine that it judges.

It takes a policy and a pack as plain values, knows nothing of `gateway.policy`, and keeps nothing between two questions
but its answers about regions.
"""

import datetime
import functools

from gateway.iso3166 import COUNTRIES

EPOCH = datetime.date(1970, 1, 1)
BASES = ["exempt", "notice", "opt_out", "legitimate_interest", "opt_in", "prohibited"]
SIGNAL_LEVELS = ["ignore", "honour", "binding"]
_EU = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
GROUPS = {"@EU": _EU, "@EEA": [*_EU, "IS", "LI", "NO"]}
ORDERS = {
    "ip": "full hash prefix truncate country drop",
    "user_agent": "full family class drop",
    "url": "full allowlist path origin drop",
    "referrer": "full path origin drop",
    "id": "raw keyed_hash daily_hash drop",
    "click": "raw drop",
    "time": "exact minute hour day",
    "geo": "region country drop",
    "contact": "hash drop",
}
FIELDS = {
    "event": "id name time",
    "page": "url title referrer",
    "device": "user_agent language screen",
    "client": "ip",
    "geo": "country region",
    "order": "id value currency tax shipping coupon items",
    "email": "campaign message",
    "engagement": "time_on_page scroll click form",
    "utm": "source medium campaign term content",
}
TRANSFORMS = {
    "client.ip": "ip", "device.user_agent": "user_agent", "page.url": "url", "page.referrer": "referrer",
    "event.time": "time",
}  # fmt: skip
GROUNDS = ["necessary", "exempt", "notice", "no_objection", "consent"]
DEFAULT_SIGNALS = {"gpc": {"refuses": ["sale_or_share", "advertising"]}, "dnt": {"refuses": ["everything_else"]}}
NOWHERE = "(nowhere)"


def days(text):
    amount = int(text.rstrip("bdmoy"))
    return amount * {"d": 1, "bd": 1, "mo": 30, "y": 365}[text.lstrip("0123456789")]


def begins(row):
    date = row.get("applies_from")
    return (datetime.date.fromisoformat(date) - EPOCH).days if date else -1


def land(code):
    country = code.split("-")[0]
    return country if country in COUNTRIES else None


def yes(value):
    return value in (True, "yes")


class Interpreter:
    """Answers questions about one policy on one day."""

    def __init__(self, policy, pack, today):
        self.policy = policy
        self.own = policy.get("regions", {})
        self.pack = (pack or {}).get("regions", {})
        self.today = today
        self.names = [*self.pack, *(name for name in self.own if name not in self.pack)]
        self.present = [name for name in self.names if begins(self.base(name)) <= today]
        for slow in ("generations", "claimants", "listed"):
            setattr(self, slow, functools.cache(getattr(self, slow)))

    # Regions

    def base(self, name):
        return self.pack.get(name, self.own.get(name))

    def rows(self, name):
        """The rows of one name that count today, the policy's addition first."""
        added = self.own.get(name) if name in self.pack else None
        return ([added] if added is not None and begins(added) <= self.today else []) + [self.base(name)]

    def generations(self, name):
        if name == NOWHERE:
            return []
        parent = next((row["inherits"] for row in self.rows(name) if "inherits" in row), None)
        return [self.rows(name), *(self.generations(parent) if parent else [])]

    def nearest(self, region, section, key):
        for rows in self.generations(region):
            for row in rows:
                if key in row.get(section, {}):
                    return row[section][key]
        return None

    def basis(self, region, purpose):
        family = self.policy["purposes"][purpose]["family"]
        for rows in self.generations(region):
            for line in (purpose, family):
                for row in rows:
                    if line in row.get("basis", {}):
                        return row["basis"][line]
        return "exempt" if family == "necessary" else "prohibited"

    def claimants(self, code):
        return [name for name in self.present if any(code in row.get("match", []) for row in self.rows(name))]

    def listed(self, country):
        """The regions of a country's listed parts."""
        codes = {code for name in self.present for row in self.rows(name) for code in row.get("match", [])}
        return [name for code in codes if code.startswith(f"{country}-") for name in self.claimants(code)]

    def world(self):
        return self.claimants("*") or [NOWHERE]

    def unknown(self):
        named = self.policy.get("unknown_region", "strictest")
        return [named] if named in self.present else [*self.present, *self.world()]

    def candidates(self, codes):
        found = [] if codes else self.unknown()
        for code in codes:
            country = land(code)
            if country is None:
                found += self.unknown()
                continue
            exact = self.claimants(code) or self.claimants(country)
            grouped = [name for group, lands in GROUPS.items() if country in lands for name in self.claimants(group)]
            found += exact or grouped or self.world()
            if code == country and self.policy.get("unknown_subdivision", "strictest") == "strictest":
                found += self.listed(country)
        return found

    # Questions

    def ask(self, destination, event, facts):
        """(reason, what is sent or None). `facts`: regions, votes, gpc, dnt, notified, bot, suppressed, age."""
        rule = self.policy["destinations"].get(destination, {"party": "third", "events": {}})
        if facts["suppressed"]:
            return "suppressed", None
        if self.policy.get("mode", "enforce") == "observe":
            return "observe_mode", None
        if facts["bot"]:
            return "bot", None
        if self.blocked(rule.get("block_regions", []), facts["regions"]):
            return "region_blocked", None
        if event not in rule["events"]:
            return "event_not_listed", None
        candidates = self.candidates(facts["regions"])
        grounds = []
        for purpose in rule["events"][event]:
            outcome = self.purpose(purpose, rule, candidates, facts)
            if outcome not in GROUNDS:
                return outcome, None
            grounds.append(outcome)
        return max(grounds, key=GROUNDS.index), self.sends(rule, event, candidates)

    def blocked(self, blocks, codes):
        if not blocks:
            return False
        places = {place for block in blocks for place in GROUPS.get(block, [block])}
        for code in codes or ["XX"]:
            country = land(code)
            parts = {place.split("-")[0] for place in places if "-" in place}
            if country is None or places & {code, country, "*"} or (code == country and country in parts):
                return True
        return False

    def purpose(self, purpose, rule, candidates, facts):
        said = self.policy["purposes"][purpose]
        basis = max((self.basis(region, purpose) for region in candidates), key=BASES.index)
        if basis == "prohibited" or (basis == "exempt" and rule["party"] == "third"):
            return "prohibited"
        ages = [self.nearest(region, "minors", "under") for region in candidates]
        if facts["age"] is not None and facts["age"] < max(20 if age is None else age for age in ages):
            if rule.get("minors", "never") == "never":
                return "minor"
            basis = "exempt" if basis == "exempt" else "opt_in"
        limit = min(days(self.nearest(region, "consent", "valid_for") or "180d") for region in candidates)
        choice = self.choice(purpose, facts["votes"], limit)
        for signal in ("gpc", "dnt"):
            levels = [self.nearest(region, "signals", signal) or "honour" for region in candidates]
            how = self.policy.get("signals", {}).get(signal, DEFAULT_SIGNALS[signal])
            refuses = how.get("refuses", DEFAULT_SIGNALS[signal]["refuses"])
            hit = purpose in refuses or said["family"] in refuses
            hit = hit or ("sale_or_share" in refuses and yes(said.get("sale_or_share", False)))
            hit = hit or ("everything_else" in refuses and basis != "exempt")
            stands = how.get("override", "never") == "after_notice" and facts["notified"] and choice == "consent"
            if facts[signal] and max(levels, key=SIGNAL_LEVELS.index) != "ignore" and hit and not stands:
                return f"signal_{signal}"
        if basis == "exempt":
            return "necessary" if said["family"] == "necessary" else "exempt"
        if choice == "refused" or basis == "opt_in":
            return choice
        return "notice" if basis == "notice" else "no_objection"

    def choice(self, purpose, votes, limit):
        votes = [vote for vote in votes if vote.purpose == purpose]
        for no in votes:
            later = [v for v in votes if v.grant and v.source == no.source and v.explicit >= no.explicit]
            if not no.grant and not any(None not in (v.day, no.day) and v.day > no.day for v in later):
                return "refused"
        grants = [vote for vote in votes if vote.grant and vote.trusted and vote.explicit]
        if not grants:
            return "no_consent"
        for vote in grants:
            if vote.day is None and vote.source.split(":")[0] not in ("gateway_receipt", "tcf"):
                return "consent"
            if vote.day is not None and -1 <= self.today - vote.day <= limit:
                return "consent"
        return "consent_expired"

    def sends(self, rule, event, candidates):
        profiles = self.policy.get("profiles", {})
        sources = [rule.get("anonymise", {})]
        sources += [profiles.get(self.policy["purposes"][p].get("profile"), {}) for p in rule["events"][event]]
        sources += [row.get("ceiling", {}) for c in candidates for rows in self.generations(c) for row in rows]
        sent = {}
        for name in [single for field in rule.get("fields", []) for single in singles(field)]:
            group = name.partition(".")[0]
            transform = TRANSFORMS.get(name, group if group in ("id", "geo", "click", "contact") else None)
            if transform is None:
                sent[name] = ""
                continue
            order = ORDERS[transform].split()
            otherwise = "raw" if transform == "click" else order[-1]
            level = max((s[transform] for s in sources if transform in s), key=order.index, default=otherwise)
            if level != "drop" and (name, level) != ("geo.region", "country"):
                sent[name] = level
        return sent


def singles(field):
    """A group's name alone means all its fields."""
    return [f"{field}.{name}" for name in FIELDS[field].split()] if field in FIELDS else [field]
