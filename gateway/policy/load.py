"""Read a policy file into a draft."""

from gateway.errors import ConfigurationError, Finding
from gateway.facts import ConsentSource
from gateway.marked_yaml import Document
from gateway.marked_yaml import load as load_yaml
from gateway.policy import schema
from gateway.policy.cursor import Cursor, did_you_mean, known
from gateway.policy.load_cases import all_fields, read_cases, read_promises
from gateway.policy.load_regions import read_levels, read_rows
from gateway.policy.meanings import Words, read_words
from gateway.policy.model import DestinationRule, Draft, Purpose, SignalRule
from gateway.policy.places import country_of, is_match, meant
from gateway.taxonomy import FAMILIES, GROUPS, is_field

# What GPC and DNT refuse where a policy does not say: GPC is a request not to sell or share, or to advertise by profile
# (https://w3c.github.io/gpc/); DNT can be an objection to everything that needs one (LG Berlin, 16 O 420/19).
DEFAULT_SIGNALS = {
    "gpc": SignalRule((schema.SALE_OR_SHARE, "advertising")),
    "dnt": SignalRule((schema.EVERYTHING_ELSE,)),
}


def open_document(text: str, file: str) -> Cursor | list[Finding]:
    """The root of a readable document, or the findings that kept it from being read."""
    try:
        document = load_yaml(text, file)
    except ConfigurationError as error:
        return list(error.findings)
    return root_of(document)


def root_of(document: Document) -> Cursor:
    """The whole document as a cursor."""
    return Cursor(document, (), document.value)


def read_draft(root: Cursor) -> Draft:
    """Everything the file says. What cannot be read is left out and becomes a finding of the document."""
    draft = Draft(root.document.file)
    if not isinstance(root.value, dict) or root.value.get("policy") != 1 or root.value["policy"] is True:
        root.fail("P002", "this is not a policy: it must say  policy: 1")
        if not isinstance(root.value, dict):
            return draft
    known(root, schema.POLICY, "the policy")
    _head(root, draft)
    draft.purposes = {name: _purpose(name, entry) for name, entry in _entries(root, "purposes").items()}
    for name, entry in _entries(root, "profiles").items():
        draft.profiles[name] = read_levels(entry, f'profile "{name}"')
    draft.rows = read_rows(root.get("regions"))
    _signals(root.get("signals"), draft)
    draft.destinations = {name: _destination(name, entry) for name, entry in _entries(root, "destinations").items()}
    read_cases(root.get("tests"), draft)
    read_promises(root.get("always"), draft)
    return draft


def _entries(root: Cursor, key: str) -> dict[str, Cursor]:
    entry = root.get(key)
    return entry.mapping() if entry else {}


def _head(root: Cursor, draft: Draft) -> None:
    for key in ("name", "version", "reviewed", "owner", "unknown_region"):
        if entry := root.get(key):
            setattr(draft, key, entry.text())
    if mode := root.get("mode"):
        draft.mode = mode.word(schema.MODES, "P018") or "observe"
    if subdivision := root.get("unknown_subdivision"):
        draft.unknown_subdivision = subdivision.word(schema.UNKNOWN_SUBDIVISION, "P016") or "strictest"
    _later(root.get("bots"), "drop", "count_only")


def _later(cursor: Cursor | None, now: str, later: str) -> None:
    """Accept the word that says what is done anyway, and refuse the one that would ask for more."""
    if cursor is None or cursor.value == now:
        return
    if cursor.value == later:
        cursor.fail("P001", f'"{later}" is known, but this version does not act on it', f"write {now}")
    else:
        cursor.word((now, later))


def _purpose(name: str, cursor: Cursor) -> Purpose:
    known(cursor, schema.PURPOSE, f'purpose "{name}"')
    label, profile, because = (
        entry.text() if (entry := cursor.get(key)) else "" for key in ("label", "profile", "because")
    )
    family, sale = cursor.get("family"), cursor.get("sale_or_share")
    if family is None:
        cursor.fail_key("P020", f'purpose "{name}" has no family', f"one of: {', '.join(FAMILIES)}")
    elif family.value not in FAMILIES:
        hint = did_you_mean(str(family.value), FAMILIES) or f"one of: {', '.join(FAMILIES)}"
        family.fail("P020", f'unknown family "{family.value}"', hint)
        family = None
    words = read_words(cursor, family.value) if family else Words()
    is_sale = bool(sale and sale.flag())
    return Purpose(
        name, label or name, family.value if family else "", is_sale, profile, because,
        tcf=words.tcf, google=words.google, cmp=words.cmp,
    )  # fmt: skip


def _signals(cursor: Cursor | None, draft: Draft) -> None:
    draft.signals = dict(DEFAULT_SIGNALS)
    if cursor is None:
        return
    known(cursor, schema.SIGNALS, "signals")
    if trust := cursor.get("trust"):
        draft.trust = tuple(source for entry in trust.sequence() if (source := _source(entry, draft)))
    for signal in ("gpc", "dnt"):
        if entry := cursor.get(signal):
            draft.signals[signal] = _signal(signal, entry, draft)


def _signal(signal: str, cursor: Cursor, draft: Draft) -> SignalRule:
    known(cursor, schema.SIGNAL, signal)
    words = (*draft.purposes, *FAMILIES, schema.SALE_OR_SHARE, schema.EVERYTHING_ELSE)
    refuses, override = cursor.get("refuses"), cursor.get("override")
    for word, entry in refuses.texts() if refuses else ():
        if word not in words:
            entry.fail("P021", f'"{word}" is neither a purpose nor a family', did_you_mean(word, words))
    refused = tuple(word for word, _ in refuses.texts()) if refuses else DEFAULT_SIGNALS[signal].refuses
    return SignalRule(refused, override is not None and override.word(schema.OVERRIDES) == "after_notice")


def _source(cursor: Cursor, draft: Draft) -> ConsentSource | None:
    known(cursor, schema.TRUST, "trust")
    source = cursor.get("source")
    if source is None:
        cursor.fail("P004", "a trusted source needs its kind", f"source: {', '.join(schema.SOURCES)}")
        return None
    kind = source.word(schema.SOURCES)
    vendor, cookie = (entry.text() if (entry := cursor.get(key)) else "" for key in ("vendor", "cookie"))
    pairs = []
    for category, entry in _entries(cursor, "map").items():
        for purpose, item in entry.texts():
            if purpose not in draft.purposes:
                item.fail("P021", f'unknown purpose "{purpose}"', did_you_mean(purpose, draft.purposes))
        pairs.append((category, tuple(purpose for purpose, _ in entry.texts())))
    interest = cursor.get("legitimate_interest")
    counts = bool(interest and interest.flag())
    if interest and kind not in ("tcf", "gpp"):
        interest.fail_key("P026", f"{kind} knows no legitimate interest", "it belongs to a tcf or gpp line")
    return ConsentSource(kind, vendor, cookie, tuple(pairs), counts) if kind else None


def _destination(name: str, cursor: Cursor) -> DestinationRule:
    known(cursor, schema.DESTINATION, f'destination "{name}"', schema.DESTINATION_LATER)
    label, party, minors = cursor.get("label"), cursor.get("party"), cursor.get("minors")
    if party is None:
        cursor.fail_key("P050", f'destination "{name}" does not say whose it is', f"party: {', '.join(schema.PARTIES)}")
    _later(cursor.get("without_consent"), "drop", "count_only")
    params = cursor.get("url_params")
    return DestinationRule(
        name,
        label.text() if label else "",
        party.word(schema.PARTIES, "P050") if party else "",
        _country(cursor.get("controller_country")),
        {event: tuple(purpose for purpose, _ in entry.texts()) for event, entry in _entries(cursor, "events").items()},
        _fields(cursor.get("fields")),
        read_levels(cursor.get("anonymise"), f'destination "{name}"'),
        frozenset(param for param, _ in params.texts()) if params else frozenset(),
        _blocked(cursor.get("block_regions")),
        minors.word(schema.MINORS) or "never" if minors else "never",
        cursor.key_place,
    )


def _country(cursor: Cursor | None) -> str:
    if cursor is None:
        return ""
    code = cursor.text()
    if country_of(code) != code:
        cursor.fail("P012", f'"{code}" is not an ISO 3166 country', meant(code) or "like US or DE")
    return code


def _fields(cursor: Cursor | None) -> tuple[str, ...]:
    names = []
    for name, entry in cursor.texts() if cursor else ():
        if is_field(name) or name in GROUPS:
            names.append(name)
        else:
            entry.fail("P060", f'unknown field "{name}"', did_you_mean(name, all_fields()))
    return tuple(names)


def _blocked(cursor: Cursor | None) -> tuple[str, ...]:
    codes = []
    for code, entry in cursor.texts() if cursor else ():
        if is_match(code):
            codes.append(code)
        else:
            hint = meant(code) or "like CN, US-CA or @EEA"
            entry.fail("P012", f'"{code}" is not an ISO 3166 code or a known group', hint)
    return tuple(codes)
