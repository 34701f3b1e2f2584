"""The closed vocabularies: purpose families, legal bases, weakenings and the fields an event may carry.

Policies, manifests, exports and docs use these names and no others. The orders are total, and merging
two of their members always takes the later, stricter one.
"""

FAMILIES = (
    "necessary",
    "functional",
    "audience_measurement",
    "analytics",
    "advertising",
    "personalization",
    "email_open",
    "sensitive",
)

# From the least to the most strict; several candidate regions merge by maximum.
BASES = ("exempt", "notice", "opt_out", "legitimate_interest", "opt_in", "prohibited")

# Weak to strict. Assume that our keys leak: a hashed IPv4 address is enumerable, so `hash` is weaker than `truncate`.
LEVELS: dict[str, tuple[str, ...]] = {
    "ip": ("full", "hash", "prefix", "truncate", "country", "drop"),
    "user_agent": ("full", "family", "class", "drop"),
    "url": ("full", "allowlist", "path", "origin", "drop"),
    "referrer": ("full", "path", "origin", "drop"),
    "id": ("raw", "keyed_hash", "daily_hash", "drop"),
    "click": ("raw", "drop"),
    "time": ("exact", "minute", "hour", "day"),
    "geo": ("region", "country", "drop"),
    "contact": ("hash", "drop"),
}

# Group -> the fields it has.
GROUPS: dict[str, tuple[str, ...]] = {
    "event": ("id", "name", "time"),
    "page": ("url", "title", "referrer"),
    "device": ("user_agent", "language", "screen"),
    "client": ("ip",),
    "geo": ("country", "region"),
    "id": ("visitor", "user", "session", "fbp", "ga_client_id"),
    "click": (
        "gclid", "wbraid", "gbraid", "dclid", "fbc", "msclkid", "ttclid", "li_fat_id", "twclid", "awc", "affiliate_ref",
    ),
    "utm": ("source", "medium", "campaign", "term", "content"),
    "order": ("id", "value", "currency", "tax", "shipping", "coupon", "items"),
    # Hashes only; vendors normalise differently before they hash, so there is one for each way.
    "contact": (
        "email_sha256", "email_sha256_google", "email_sha256_nodots_noplus", "phone_sha256", "phone_sha256_e164",
        "phone_sha256_digits",
    ),
    "email": ("campaign", "message"),
    "engagement": ("time_on_page", "scroll", "click", "form"),
    "params": (),
}  # fmt: skip

# Groups in which a policy or manifest may name further fields.
OPEN_GROUPS = frozenset({"id", "click", "params"})

# Field of `click` -> the company that issued it: nobody else may have it. One that is not here belongs to the vendor
# whose manifest names it.
ISSUER_OF: dict[str, str] = {
    "gclid": "google", "wbraid": "google", "gbraid": "google", "dclid": "google", "gclaw": "google",
    "srsltid": "google", "fbc": "meta", "fbclid": "meta", "msclkid": "microsoft", "ttclid": "tiktok", "ttp": "tiktok",
    "li_fat_id": "linkedin", "twclid": "x", "awc": "awin", "epik": "pinterest", "sccid": "snap", "rdt_cid": "reddit",
    "qclid": "quora", "ndclid": "nextdoor", "yclid": "yandex", "vmcid": "yahoo", "tblci": "taboola",
    "obclickid": "outbrain", "dicbo": "outbrain", "rtid": "rokt", "cjevent": "cj", "irclickid": "impact",
    "ransiteid": "rakuten", "sscid": "shareasale", "tduid": "tradedoubler", "afclick": "appsflyer",
}  # fmt: skip

# Field or group -> the weakening that applies to it. A field without one is sent as it is, or not at all.
TRANSFORM_OF: dict[str, str] = {
    "client.ip": "ip",
    "device.user_agent": "user_agent",
    "page.url": "url",
    "page.referrer": "referrer",
    "event.time": "time",
    "id": "id",
    "click": "click",
    "geo": "geo",
    "contact": "contact",
}

# Purpose family -> the Google consent types a granted purpose of that family grants downstream.
GRANTS_OF: dict[str, tuple[str, ...]] = {
    "necessary": (),
    "functional": ("functionality_storage",),
    "audience_measurement": ("analytics_storage",),
    "analytics": ("analytics_storage",),
    "advertising": ("ad_storage", "ad_user_data", "ad_personalization"),
    "personalization": ("functionality_storage",),
    "email_open": ("email_tracking",),
    "sensitive": (),
}


def transform_of(field: str) -> str | None:
    """The weakening of a dotted field name, or None where the field has none."""
    return TRANSFORM_OF.get(field) or TRANSFORM_OF.get(field.partition(".")[0])


def is_field(name: str) -> bool:
    """Whether `name` is a dotted field of the vocabulary (`order.value`, `params.anything`)."""
    group, dot, rest = name.partition(".")
    return bool(dot and rest) and group in GROUPS and (rest in GROUPS[group] or group in OPEN_GROUPS)


def strictest(transform: str, *levels: str) -> str:
    """The strictest of `levels` in the order of `transform`; with none, the strictest there is."""
    order = LEVELS[transform]
    return max(levels, key=order.index) if levels else order[-1]
