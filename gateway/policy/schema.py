"""The keys and words of the policy format, as tables."""

POLICY = (
    "policy", "name", "version", "reviewed", "owner", "extends", "mode", "unknown_region", "unknown_subdivision",
    "purposes", "profiles", "regions", "signals", "destinations", "bots", "tests", "always",
)  # fmt: skip
PACK = ("pack", "version", "reviewed", "regions")
PURPOSE = ("label", "family", "sale_or_share", "profile", "because", "tcf", "google", "cmp")
REGION = (
    "label", "match", "inherits", "law", "applies_from", "because", "basis", "signals", "consent", "minors", "dsr",
    "retention", "ceiling", "certainty",
)  # fmt: skip
CONSENT = ("valid_for", "ask_again_after", "cookie_max_age")
DSR = ("respond_within", "extend_by")
RETENTION = ("events", "aggregates", "receipts")
SIGNALS = ("trust", "gpc", "dnt")
SIGNAL = ("refuses", "override")
TRUST = ("source", "vendor", "cookie", "map", "legitimate_interest")
DESTINATION = (
    "label", "party", "controller_country", "events", "fields", "anonymise", "url_params", "block_regions", "minors",
    "without_consent",
)  # fmt: skip
DESTINATION_LATER = ("enabled", "connector", "legal")
TEST = ("name", "given", "expect", "sends")
PROMISE = ("name", "when", "deny", "never_sends")
GIVEN_FLAGS = ("gpc", "dnt", "notified", "bot", "suppressed")
GIVEN = ("region", "event", "consent", "consent_age", "age", *GIVEN_FLAGS)

MODES = ("enforce", "observe")
UNKNOWN_SUBDIVISION = ("strictest", "country")
PARTIES = ("first", "processor", "third")
MINORS = ("never", "with_consent")
OVERRIDES = ("never", "after_notice")
SOURCES = ("gateway_receipt", "cmp", "tcf", "gpp", "mail_token")

# How sure the writer of a row is. What is said with low certainty should be strict.
CERTAINTIES = ("low", "medium", "high")

# From the least to the most strict.
SIGNAL_LEVELS = ("ignore", "honour", "binding")

SALE_OR_SHARE = "sale_or_share"
EVERYTHING_ELSE = "everything_else"

# Destinations a test or promise may name together.
EVERYTHING = "everything"
THIRD_PARTIES = "third_parties"

NEVER = "never"
ANY = "any"
