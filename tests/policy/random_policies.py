"""Make up valid policies with packs, and situations to ask them about."""

import json

from gateway.policy.compile import read_policy

FAMILIES = ["necessary", "functional", "audience_measurement", "analytics", "advertising", "email_open", "sensitive"]
BASES = ["exempt", "notice", "opt_out", "legitimate_interest", "opt_in"] * 5 + ["opt_in", "prohibited"]
EVENTS = ["view", "buy", "open"]
CODES = ["FR", "DE", "GB", "US", "US-CA", "US-TX", "CA", "CA-QC", "JP", "@EU", "@EEA", "*"]
BLOCKS = ["CN", "FR", "US", "US-CA", "@EU", "*"]
EVIDENCE = ["FR", "DE", "AT", "NO", "GB", "US", "US-CA", "US-TX", "US-WY", "CA", "CA-QC", "CA-ZZ", "JP", "CN", "FR-75", "XX", "T1"]  # fmt: skip
DATES = ["2026-01-01", "2026-11-25", "2026-11-26", "2027-06-01"]
LENGTHS = ["0d", "30d", "100d", "6mo", "1y", "20bd"]
FIELDS = ["event.name", "event.time", "page.url", "page.referrer", "page.title", "device.user_agent", "id.visitor", "id.user", "click.fbc", "geo", "geo.region", "order", "utm", "event"]  # fmt: skip
LEVELS = {
    "ip": ["hash", "truncate", "drop"],
    "user_agent": ["full", "family", "class", "drop"],
    "url": ["full", "path", "origin", "drop"],
    "referrer": ["full", "path", "origin", "drop"],
    "id": ["raw", "keyed_hash", "daily_hash", "drop"],
    "click": ["raw", "drop"],
    "time": ["exact", "minute", "hour", "day"],
    "geo": ["region", "country", "drop"],
}
FLAGS = ["gpc", "dnt", "notified", "bot", "suppressed"]
BECAUSE = "made up for a comparison, 2026-11-25"


def levels(dice):
    return {name: dice.choice(order) for name, order in LEVELS.items() if dice.random() < 0.5}


def region(dice, codes, lines, parents):
    row = {"because": BECAUSE}
    if codes:
        row["match"] = codes
    if parents and dice.random() < 0.4:
        row["inherits"] = dice.choice(parents)
    share = 0.4 if "inherits" in row or not codes else 0.93
    row["basis"] = {line: dice.choice(BASES) for line in lines if dice.random() < share}
    if dice.random() < 0.5:
        row["signals"] = {name: dice.choice(["ignore", "honour", "binding"]) for name in dice.sample(["gpc", "dnt"], dice.choice((1, 2)))}  # fmt: skip
    if dice.random() < 0.5:
        row["consent"] = {"valid_for": dice.choice(LENGTHS)}
    if dice.random() < 0.5:
        row["minors"] = {"under": dice.choice((0, 13, 16, 18, 21))}
    if dice.random() < 0.3:
        row["ceiling"] = levels(dice)
    if dice.random() < 0.2 and "inherits" not in row:
        row["applies_from"] = dice.choice(DATES)
    return row


def regions(dice, codes, lines, prefix, known):
    """Rows that claim the codes in turn; parents are among those made before, so no circle closes."""
    rows, left = {}, list(codes)
    while left:
        taken = [left.pop() for _ in range(min(len(left), dice.choice((0, 1, 1, 2))))]
        name = f"{prefix}{len(rows)}"
        rows[name] = region(dice, taken, lines, [*known, *rows])
    return rows


def policy(dice):
    """A policy and its pack as plain values, valid or not."""
    purposes = {
        f"p{number}": {
            "family": dice.choice(FAMILIES),
            "sale_or_share": dice.choice([True, False, "yes", "no"]),
            **({"profile": "strong" if dice.random() < 0.6 else "free"} if dice.random() < 0.8 else {}),
        }
        for number in range(dice.choice((1, 2, 3)))
    }
    codes = dice.sample(CODES, dice.randrange(2, len(CODES)))
    codes += [] if "*" in codes or dice.random() < 0.2 else ["*"]
    cut = dice.randrange(len(codes) + 1)
    packed = regions(dice, codes[:cut], FAMILIES, "k", [])
    mine = regions(dice, codes[cut:], [*purposes, *FAMILIES], "m", list(packed))
    for name in packed:
        if dice.random() < 0.4:
            mine[name] = region(dice, [], [*purposes, *FAMILIES], [])
    words = [*purposes, *FAMILIES, "sale_or_share", "everything_else"]
    value = {
        "policy": 1,
        "name": "random",
        "purposes": purposes,
        "profiles": {
            "strong": {"ip": "drop", "url": "origin", "id": "daily_hash", "referrer": "origin", "time": "exact"},
            "free": levels(dice),
        },
        "regions": mine,
        "destinations": {f"d{number}": destination(dice, list(purposes)) for number in range(dice.choice((1, 2, 3)))},
    }
    if dice.random() < 0.8:
        value["extends"] = "pack.yaml"
    if dice.random() < 0.04:
        value["mode"] = "observe"
    if dice.random() < 0.2:
        value["unknown_region"] = dice.choice([*packed, *mine])
    if dice.random() < 0.2:
        value["unknown_subdivision"] = dice.choice(["strictest", "country"])
    if dice.random() < 0.7:
        value["signals"] = {
            name: {
                **({"refuses": dice.sample(words, dice.randrange(4))} if dice.random() < 0.8 else {}),
                **({"override": dice.choice(["never", "after_notice"])} if dice.random() < 0.6 else {}),
            }
            for name in dice.sample(["gpc", "dnt"], dice.choice((1, 2)))
        }
    pack = {"pack": "made up", "version": "1", "regions": packed}
    return value, pack if "extends" in value else None


def destination(dice, purposes):
    rule = {
        "party": dice.choice(["first", "processor", "third"]),
        "controller_country": "US",
        "events": {
            event: dice.sample(purposes, dice.randrange(1, len(purposes) + 1))
            for event in dice.sample(EVENTS, dice.choice((1, 2, 3, 3)))
        },
        "fields": dice.sample(FIELDS, dice.randrange(1, 8)),
        "anonymise": levels(dice),
    }
    if dice.random() < 0.12:
        rule["block_regions"] = dice.sample(BLOCKS, dice.choice((1, 2)))
    if dice.random() < 0.4:
        rule["minors"] = dice.choice(["never", "with_consent"])
    return rule


def valid_policy(dice):
    """A policy that the loader takes: (plain value, pack, compiled policy)."""
    while True:
        value, pack = policy(dice)
        reading = read_policy(json.dumps(value), "random.yaml", lambda name, pack=pack: (json.dumps(pack), name))
        if reading.policy is not None:
            return value, pack, reading.policy


def situation(dice, purposes):
    """One situation in the words of the command line."""
    words = {name: dice.choice([True, "yes"]) for name in FLAGS if dice.random() < (0.02 if name in FLAGS[3:] else 0.3)}
    places = dice.sample(EVIDENCE, dice.choice((0, 1, 1, 1, 2, 3)))
    if places or dice.random() < 0.5:
        words["region"] = dice.choice([places, ",".join(places)]) if places else "unknown"
    words["event"] = dice.choice([*EVENTS * 5, "unheard"])
    given = dice.random()
    if given < 0.3:
        words["consent"] = dice.choice(["all", "none"])
    elif given < 0.85:
        words["consent"] = {
            name: dice.choice([True, True, False, "yes", "no"]) for name in purposes if dice.random() < 0.7
        }
    if dice.random() < 0.6:
        words["consent_age"] = dice.choice(["0d", "29d", "30d", "31d", "100d", "101d", "180d", "181d", 365, "366d"])
    if dice.random() < 0.4:
        words["age"] = dice.choice((0, 12, 13, 15, 16, 17, 18, 19, 20, 21, 40))
    return words
