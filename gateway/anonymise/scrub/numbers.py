"""Find payment cards, bank accounts, coordinates and network addresses in plain text."""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from gateway.anonymise.scrub.announced import announced, words
from gateway.anonymise.scrub.checksums import iban_length, is_card, is_iban, may_be_card
from gateway.anonymise.scrub.runs import Run, starts, within

Found = Iterator[tuple[int, int]]

# An underscore joins a number to a word in front of it or behind: `card_4111-1111-1111-1111`.
_CARD = re.compile(r"[0-9](?<![A-Za-z0-9.][0-9])(?:[ +-]?[0-9]){13,22}(?![A-Za-z0-9]|\.[0-9])")
_GROUPED_CARD = re.compile(
    r"[0-9](?<![\w.-][0-9])(?:[0-9]{3}([ .+-])[0-9]{4}\1[0-9]{4}\1[0-9]{1,4}(?:\1[0-9]{1,3})?"
    r"|(?<=3)[0-9]{3}([ .-])[0-9]{6}\2[0-9]{4,5})(?![\w-]|\.[0-9])",
    re.ASCII,
)
_ANY_CARD = re.compile(r"[0-9](?<![\w.][0-9])(?:[ +-]?[0-9]){11,18}(?!\w|\.[0-9]|[ -][0-9])", re.ASCII)
_CALLED_CARD = words(
    r"(?:(?:credit|debit|bank)[ -]?)?cards?|(?:kredit|bank|giro)?karten?(?:nummer)?|cartes?|tarjetas?|carta|cart[aã]o"
    r"|kaart|kart[ayęoe]|kort(?:et)?|kortti|kart[ıi]|visa|master ?card|maestro|amex|カード|卡|카드|карт[аыу]|بطاقة"
)
MOST_GROUPS = 8  # more are no card with other numbers beside it
SHORTEST, LONGEST = 14, 19
_GROUP = re.compile(r"[0-9]+")
# The check digits, for those are rarer than letters.
_IBAN = re.compile(
    r"[0-9](?:(?<=[A-Za-z]{2}[0-9])(?<![A-Za-z0-9][A-Za-z]{2}[0-9])"
    r"|(?<=[A-Za-z]{2}[ +][0-9])(?<![A-Za-z0-9][A-Za-z]{2}[ +][0-9]))[0-9](?=[ .+-]?[A-Za-z0-9]{2})"
)
_REST = {length: re.compile(rf"(?:[ .+-]?[A-Za-z0-9]){{{length - 4}}}(?![A-Za-z0-9])") for length in range(15, 35)}
_BETWEEN = str.maketrans("", "", " .+-")
_V4 = re.compile(r"[0-9](?<![\w./-][0-9])[0-9]{0,2}\.(?:[0-9]{1,3}\.){2}[0-9]{1,3}(?![\w-]|\.[0-9])", re.ASCII)
_V6 = re.compile(
    r"[0-9A-Fa-f:](?<![A-Za-z0-9:.][0-9A-Fa-f:])(?:(?<=:)|[0-9A-Fa-f]{0,3}:)[0-9A-Fa-f:]{1,38}(?:\.[0-9]{1,3}){0,3}"
    r"(?![A-Za-z0-9:])"
)
_IN_V6 = re.compile(r":[0-9A-Fa-f]{0,4}:")  # seen sooner: few texts have it
_LOOPBACK = frozenset(("0", "127", "255"))
_VERSION = re.compile(
    r"(?:\bv|ver\.?|version|release|build|firmware|update|sdk|android|ios|macos|windows|chrome|safari|firefox|driver|api"
    r"|schema|oid)[ .:=/#]{0,3}\Z",
    re.IGNORECASE,
)
_PRECISE = re.compile(r"\.[0-9]{4}")
_PAIR = re.compile(
    r"[0-9+-](?<![\w.-][0-9+-])((?:(?<=[0-9])[0-9]{0,2}|(?<=[+-])[0-9]{1,3})\.[0-9]{4,16})"
    r" ?[,;/ ] ?[+-]?([0-9]{1,3}\.[0-9]{4,16})(?![\w.])"
)


def cards(text: str, found: list[Run]) -> Found:
    """Card numbers of an issuer with the right check digit, in groups or not."""
    for number in within(_CARD, text, found, SHORTEST):
        yield from _cards_in(text, number)
    called = announced(_CALLED_CARD, text, starts(found))
    if called is not None:
        for number in within(_ANY_CARD, text, found, 12):
            if called[number.start()] and may_be_card("".join(_GROUP.findall(number[0]))):
                yield number.span()
    if "." in text:
        yield from grouped_cards(text, found)


def grouped_cards(text: str, found: list[Run]) -> Found:
    """Card numbers written in the groups that are embossed on cards: no order number is."""
    for number in within(_GROUPED_CARD, text, found, 13):
        if is_card("".join(_GROUP.findall(number[0]))):
            yield number.span()


def _cards_in(text: str, found: re.Match[str]) -> Found:
    """The first run of whole groups that makes a card."""
    groups = [group.span() for group in _GROUP.finditer(text, *found.span())]
    starts = groups if len(groups) <= MOST_GROUPS else groups[:1]
    for first, (start, _) in enumerate(starts):
        digits = ""
        for begin, end in groups[first:]:
            digits += text[begin:end]
            if len(digits) > LONGEST:
                break
            if len(digits) >= SHORTEST and is_card(digits):
                yield start, end
                return


def ibans(text: str) -> Found:
    """IBANs of their country's length with the right check digits."""
    for found in _IBAN.finditer(text):
        start = found.start() - (2 if text[found.start() - 1].isalpha() else 3)
        length = iban_length(text[start : start + 2].upper())
        rest = _REST[length].match(text, found.end()) if length else None
        if rest and is_iban(text[start : rest.end()].translate(_BETWEEN).upper()):
            yield start, rest.end()


def addresses(text: str) -> Found:
    """IPv4 and IPv6 addresses, but no versions, times, loopback or unspecified addresses."""
    if text.count(".") >= 3:
        for found in _V4.finditer(text):
            if _is_address(found[0]) and not _VERSION.search(text, max(0, found.start() - 16), found.start()):
                yield found.span()
    if _IN_V6.search(text):
        for found in _V6.finditer(text):
            if found[0].count(":") >= 2 and sum(map(str.isalnum, found[0])) >= 4 and _is_address(found[0]):
                yield found.span()


def _is_address(text: str) -> bool:
    if ":" not in text:
        return _is_v4(text)
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or text.startswith(("0.", "255.")))


def _is_v4(text: str) -> bool:
    parts = text.split(".")
    plain = all(len(part) == 1 or part[0] != "0" for part in parts)
    return plain and parts[0] not in _LOOPBACK and max(map(int, parts)) <= 255


def coordinates(text: str) -> Found:
    """Pairs of latitude and longitude with at least four decimals: ten metres."""
    if _PRECISE.search(text):
        for found in _PAIR.finditer(text):
            first = text[found.start() : found.end(1)]
            one, other = abs(float(first)), float(found[2])
            if one <= 180 and other <= 180 and min(one, other) <= 90:
                yield found.span()
