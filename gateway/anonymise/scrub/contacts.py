"""Find e-mail addresses and telephone numbers in plain text."""

import re
from collections.abc import Iterator

from gateway.anonymise.scrub.announced import announced, words
from gateway.anonymise.scrub.runs import Run, starts, within

Found = Iterator[tuple[int, int]]

_LOCAL = r"[^\s@<>\"(),;:/?&=\[\]\\|#{}]"
_DOMAIN = r"[^\W_][\w-]*(?:\.[\w-]+)*"
_EMAIL = re.compile(
    rf"(?:(?<!{_LOCAL}){_LOCAL}+|\"[^\"@]{{1,64}}\")(?:@|=40(?=[a-z0-9-]+\.))(\[[0-9A-Fa-f:.]{{3,45}}\]|{_DOMAIN})"
)
_AT = r"at|ät|a t|arroba|chez|chiocciola|klammeraffe|sobaka|собака|malpa|małpa|@"
_SPELLED = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64} ?"
    rf"(?:[\[({{<] ?(?:{_AT}) ?[\])}}>]"
    r"|(?<= )(?:at|AT|arroba|chez)(?= [\w-]{1,63} ?[\[({]? ?(?:dot|punkt|point|punto|ponto)\b))"
    r" ?[\w-]{1,63}(?: ?(?:\.|[\[({<] ?(?:dot|punkt|point|punto|ponto|\.) ?[\])}>]"
    r"|(?<= )(?:dot|DOT|punkt|point|punto|ponto)(?= )) ?[\w-]{2,63}){1,4}"
)
_AT_IN_BRACKETS = re.compile(rf"[\[({{<] ?(?:{_AT}) ?[\])}}>]")
_BARE_AT, _DOTS = (" at ", " arroba ", " chez "), ("dot", "punkt", "point", "punto", "ponto")
_TOP = re.compile(r"xn--[\w-]+|[^\W\d_]{2,}", re.IGNORECASE)
# Endings of files, and the words that package managers know in the place of a version.
_NO_TOP = frozenset((
    "png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "ico", "bmp", "css", "js", "mjs", "jsx", "tsx", "map", "json",
    "html", "htm", "pdf", "woff", "php", "asp", "aspx", "jsp", "txt", "csv", "xml",
))  # fmt: skip
_TAGS = frozenset((
    "latest", "next", "beta", "alpha", "canary", "rc", "stable", "dev", "edge", "lts", "experimental", "nightly",
))  # fmt: skip
_NO_HOST = _NO_TOP | _TAGS
_VERSION = re.compile(r"[0-9]+\.[0-9]")
_MULTIPLE = re.compile(r"[0-9](?:\.[0-9])?x\.", re.IGNORECASE)

MOST_DIGITS = 21  # 15 of ITU-T E.164, and an extension
_GAP = r"[ ()./+\u00a0-]{0,3}"
_EXTENSION = r"(?: ?(?:x|ext\.?|#) ?[0-9]{1,6})?"
# In ASCII, for scripts without blanks write a number right behind a word.
_INTERNATIONAL = re.compile(rf"\+(?<![A-Za-z0-9+]\+) ?\(?[1-9](?:{_GAP}[0-9]){{6,14}}(?![0-9]){_EXTENSION}", re.ASCII)
_DOUBLE_ZERO = re.compile(rf"0(?<![\w.+-]0)0[ -]?\(?[1-9](?:{_GAP}[0-9]){{8,13}}{_EXTENSION}(?![\w-])", re.ASCII)
_NATIONAL = re.compile(
    r"(?=[0-9(])(?<![\w.+/-])(?:"
    r"(?:1[ .-])?\([2-9][0-9]{2}\) ?[0-9]{3}[ .-]?[0-9]{4}|(?:1[ .+-])?[2-9][0-9]{2}[ .+-][0-9]{3}[ .+-][0-9]{4}"
    r"|0 ?\([1-9][0-9]{1,4}\)(?:[ ./+-]{0,3}[0-9]{2,8}){1,4}"
    r"|\(?0[1-9][0-9]{0,4}\)?(?:[ ./+-]{1,3}[0-9]{2,8}){1,5}|0[1-9][0-9]{8,9}"
    r"|\([0-9]{2,5}\)[ -]?[0-9]{2,5}(?:[ -][0-9]{2,4}){1,3}"
    r"|[78][ -]?\(?9[0-9]{2}\)?[ -][0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{2}|1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}"
    r"|[679][0-9]{2}(?: [0-9]{3}){2}|[679][0-9]{2}(?: [0-9]{2}){3}|[6-9][0-9]{4}[ -][0-9]{5}"
    r"|3[2-9][0-9][ -][0-9]{3}[ -]?[0-9]{4}"
    r")(?: ?(?:x|ext\.?|#) ?[0-9]{1,6})?(?![\w-]|[.,][0-9])",
    re.ASCII,
)
_ANY = re.compile(rf"(?=[0-9(])(?<![\w.+-])\(?[0-9](?:{_GAP}[0-9]){{5,14}}{_EXTENSION}(?![\w]|[.,][0-9])", re.ASCII)
_CALLED = words(
    r"(?:t[eé]l(?:[eé]fono?|efonn?r?|efone|efoon|efonas|ephone)?|phone|mobile?|cell|call(?: me)?|ring|reach(?: me)?"
    r"|whats ?app|sms|text me|fax|handy|mobil|rufnummer|anrufen|erreichbar|telefonnummer|portable|appel(?:er|ez)?"
    r"|num[eé]ro|(?:telefon|handy|mobil|ruf)?num[m]?er(?:em|u|ze)?|numara(?:sı|sından|mdan|m)?|čísl[oe]|sz[aá]m(?:on)?|номер[ау]?|(?:telefon|mobil)?n[uú]mmer|llamar?|llame|m[oó]vil|celular|chiama(?:re|mi|te)?|cellulare|ligar?|telem[oó]vel|bel(?:len)?|mobiel"
    r"|dzwoni[ćc]|telefonu|kom[oó]rk\w+|ringa?|puh(?:elin)?|volat|volejte|ara(?:y[ıi]n)?|cep|gsm"
    r"|(?:new|my|contact) number(?: is)?|number is|denwa|電話|携帯|电话|手机|전화|휴대폰|연락처"
    r"|тел(?:ефон)?|звоните|позвоните|моб|هاتف|جوال|اتصل)(?![a-z@])\.?"
)
_DATE = re.compile(
    r"\(?(?:(?:19|20)\d\d([-/. ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-/. ])(?:0?[1-9]|1[0-2])\2(?:19|20)\d\d"
    r"|(?:0?[1-9]|1[0-2])([-/.])(?:0?[1-9]|[12]\d|3[01])\3(?:19|20)\d\d)(?!\d)"
)


def emails(text: str) -> Found:
    """Where e-mail addresses stand, also with `(at)` or ` at … dot ` in the place of the signs."""
    if "@" in text or "=40" in text:
        for found in _EMAIL.finditer(text):
            end = _end(found, text)
            if end:
                yield found.start(), end
    if is_spelled(text.lower()):
        for found in _SPELLED.finditer(text):
            yield found.span()


def is_spelled(lowered: str) -> bool:
    """Whether an address may stand in a text of small letters with its signs written as words."""
    if any(map(lowered.__contains__, _BARE_AT)) and any(map(lowered.__contains__, _DOTS)):
        return True
    return _AT_IN_BRACKETS.search(lowered) is not None


def _end(found: re.Match[str], text: str) -> int:
    """Where the address ends, or 0 where it is none."""
    domain = found[1]
    if domain.startswith("["):
        return found.end()
    start = found.start()
    if text[max(0, start - 3) : start] == "://" or (found[0].startswith("git@") and text[found.end() :][:1] == ":"):
        return 0  # what stands in front of a host is for the reader of URLs to judge
    if "." not in domain:
        return 0 if domain.isdigit() or domain.lower() in _TAGS else found.end()
    if _MULTIPLE.match(domain):
        return 0
    last = domain.rpartition(".")[2]
    if _TOP.fullmatch(last) and last.lower() not in _NO_TOP:
        return found.end()
    return 0 if _VERSION.match(domain) else _end_within(found.start(1), domain)


def _end_within(start: int, domain: str) -> int:
    """The same where something is written right behind: `jane@example.org-1`, `jane@example.org_x.pdf`."""
    end, before, at = 0, "", 0
    for part in domain.split("."):
        top = _TOP.match(part)
        if top and before and not {before, part.lower(), top[0].lower()} & _NO_HOST:
            end = start + at + top.end()
        before = part.lower()
        at += len(part) + 1
    return end


def international(text: str, found: list[Run]) -> Found:
    """Telephone numbers that begin with `+`: nothing else is written so."""
    if "+" in text:
        for number in within(_INTERNATIONAL, text, found, 7):
            if 8 <= _count(number[0]) <= MOST_DIGITS:
                yield number.span()


def phones(text: str, found: list[Run]) -> Found:
    """Telephone numbers with `00`, in the ways of many countries, and any number that a word announces as one."""
    if "00" in text:
        yield from _plausible(within(_DOUBLE_ZERO, text, found, 11), 11)
    yield from _plausible(within(_NATIONAL, text, found, 8), 8)
    called = announced(_CALLED, text, starts(found))
    if called is not None:
        for number in within(_ANY, text, found, 6):
            if called[number.start()] and not _DATE.match(number[0]):
                yield number.span()


def _plausible(numbers: Iterator[re.Match[str]], fewest: int) -> Found:
    for number in numbers:
        if fewest <= _count(number[0]) <= MOST_DIGITS and not _DATE.match(number[0]):
            yield number.span()


def _count(text: str) -> int:
    return sum(map(str.isdigit, text))
