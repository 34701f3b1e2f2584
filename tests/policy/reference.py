"""A slow, plain reading of how a policy is to be evaluated, written apart from the code that it judges."""

import functools

from gateway.marked_yaml import load

BASES = ["exempt", "notice", "opt_out", "legitimate_interest", "opt_in", "prohibited"]
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = _EU.split()
GROUPS = {"@EU": EU, "@EEA": [*EU, "IS", "LI", "NO"]}
ORDERS = {
    "ip": "full hash prefix truncate country drop",
    "user_agent": "full family class drop",
    "url": "full allowlist path origin drop",
    "referrer": "full path origin drop",
    "id": "raw keyed_hash daily_hash drop",
    "time": "exact minute hour day",
    "geo": "region country drop",
}
GROUNDS = ["necessary", "exempt", "notice", "no_objection", "consent"]


class Reference:
    def __init__(self, policy_text, pack_text):
        self.policy = load(policy_text, "policy").value
        self.own = self.policy.get("regions", {})
        self.pack = load(pack_text, "pack").value["regions"]
        self.names = [*self.pack, *(name for name in self.own if name not in self.pack)]
        for slow in ("generations", "claimants", "candidates"):
            setattr(self, slow, functools.cache(getattr(self, slow)))

    def generations(self, name):
        rows = [rows[name] for rows in (self.own, self.pack) if name in rows]
        parent = next((row["inherits"] for row in rows if "inherits" in row), None)
        return [rows, *(self.generations(parent) if parent else [])]

    def basis(self, region, purpose):
        family = self.policy["purposes"][purpose]["family"]
        for rows in self.generations(region):
            for key in (purpose, family):
                for row in rows:
                    if key in row.get("basis", {}):
                        return row["basis"][key]
        return "exempt" if family == "necessary" else "prohibited"

    def nearest(self, region, section, key, otherwise):
        for rows in self.generations(region):
            for row in rows:
                if key in row.get(section, {}):
                    return row[section][key]
        return otherwise

    def claimants(self, code, day):
        found = []
        for name in self.names:
            rows = self.generations(name)[0]
            starts = [row["applies_from"] for row in rows if "applies_from" in row]
            if (not starts or max(starts) <= day) and any(code in row.get("match", []) for row in rows):
                found.append(name)
        return found

    def candidates(self, regions, day):
        if not regions:
            codes = {
                code
                for name in self.names
                for rows in self.generations(name)
                for r in rows
                for code in r.get("match", [])
            }
            return [name for code in codes for name in self.claimants(code, day)]
        found = []
        for code in regions:
            country = code[:2]
            exact = self.claimants(code, day) or self.claimants(country, day)
            groups = [
                name for group, members in GROUPS.items() if country in members for name in self.claimants(group, day)
            ]
            found += exact or groups or self.claimants("*", day)
            if code == country:
                listed = {m for rows in (self.own, self.pack) for row in rows.values() for m in row.get("match", [])}
                found += [name for m in listed if m.startswith(country + "-") for name in self.claimants(m, day)]
        return found

    def judge(self, regions, event, destination, facts, day, date):
        rule = self.policy["destinations"][destination]
        if facts["suppressed"]:
            return "suppressed", None
        if facts["bot"]:
            return "bot", None
        blocked = rule.get("block_regions", [])
        if blocked and (not regions or any(code[:2] in blocked for code in regions)):
            return "region_blocked", None
        if event not in rule["events"]:
            return "event_not_listed", None
        candidates = self.candidates(regions, date)
        grounds = []
        for purpose in rule["events"][event]:
            outcome = self.purpose(purpose, rule, candidates, facts, day)
            if outcome not in GROUNDS:
                return outcome, None
            grounds.append(outcome)
        return max(grounds, key=GROUNDS.index), self.sends(rule, event, candidates)

    def purpose(self, purpose, rule, candidates, facts, day):
        said = self.policy["purposes"][purpose]
        basis = max((self.basis(region, purpose) for region in candidates), key=BASES.index)
        if basis == "prohibited":
            return "prohibited"
        under = max(self.nearest(region, "minors", "under", 20) for region in candidates)
        if facts["age"] is not None and facts["age"] < under:
            return "minor"
        limit = min(int(self.nearest(region, "consent", "valid_for", "180d")[:-1]) for region in candidates)
        verdict = self.choice(purpose, facts, day, limit)
        defaults = {"gpc": {"refuses": ["sale_or_share", "advertising"]}, "dnt": {"refuses": ["everything_else"]}}
        for signal in ("gpc", "dnt"):
            levels = {self.nearest(region, "signals", signal, "honour") for region in candidates}
            how = self.policy.get("signals", {}).get(signal, defaults[signal])
            refuses = how["refuses"]
            hit = purpose in refuses or said["family"] in refuses
            hit = hit or ("sale_or_share" in refuses and said.get("sale_or_share") in (True, "yes"))
            hit = hit or ("everything_else" in refuses and basis != "exempt")
            stands = how.get("override") == "after_notice" and facts["notified"] and verdict == "consent"
            if facts[signal] and levels != {"ignore"} and hit and not stands:
                return f"signal_{signal}"
        if basis == "exempt":
            return "necessary" if said["family"] == "necessary" else "exempt"
        if verdict == "refused":
            return "refused"
        if basis == "opt_in":
            return verdict
        return "notice" if basis == "notice" else "no_objection"

    def choice(self, purpose, facts, day, limit):
        votes = [vote for vote in facts["votes"] if vote.purpose == purpose]
        for no in votes:
            later = [v for v in votes if v.grant and v.source == no.source and v.explicit >= no.explicit]
            if not no.grant and not any(None not in (v.day, no.day) and v.day > no.day for v in later):
                return "refused"
        yes = [vote for vote in votes if vote.grant and vote.trusted and vote.explicit]
        if not yes:
            return "no_consent"
        for vote in yes:
            if vote.day is None and vote.source not in ("gateway_receipt", "tcf"):
                return "consent"
            if vote.day is not None and -1 <= day - vote.day <= limit:
                return "consent"
        return "consent_expired"

    def sends(self, rule, event, candidates):
        profiles = self.policy.get("profiles", {})
        sources = [rule.get("anonymise", {})]
        sources += [profiles.get(self.policy["purposes"][p].get("profile"), {}) for p in rule["events"][event]]
        sources += [r.get("ceiling", {}) for c in candidates for rows in self.generations(c) for r in rows]
        sent = {}
        for name in rule.get("fields", []):
            group = name.partition(".")[0]
            transform = {
                "page.url": "url",
                "page.referrer": "referrer",
                "device.user_agent": "user_agent",
                "event.time": "time",
                "client.ip": "ip",
            }.get(name, group if group in ("id", "geo") else None)
            if transform is None:
                sent[name] = "raw" if group == "click" else ""
                continue
            order = ORDERS[transform].split()
            level = max((s[transform] for s in sources if transform in s), key=order.index, default=order[-1])
            if level != "drop":
                sent["geo.country" if name == "geo" else name] = level
        return sent
