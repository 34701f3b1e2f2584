"""Find e-mail addresses and telephone numbers in plain text."""

import re
from collections.abc import Iterator

from gateway.anonymise.scrub.announced import is_announced

Found = Iterator[tuple[int, int]]

_LOCAL = r"[^\s@<>\"(),;:/?&=\[\]\\|#{}]"
_DOMAIN = r"[^\W_][\w-]*(?:\.[\w-]+)*"
_EMAIL = re.compile(
    rf"(?:(?<!{_LOCAL}){_LOCAL}+|\"[^\"@]{{1,64}}\")(?:@|=40(?=[a-z0-9-]+\.))(\[[0-9A-Fa-f:.]{{3,45}}\]|{_DOMAIN})"
)
_SPELLED = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64} ?"
    r"(?:[\[({<] ?(?:at|ät|a t|arroba|chez|chiocciola|klammeraffe|sobaka|собака|malpa|małpa|@) ?[\])}>]"
    r"|(?<= )(?:at|AT|arroba|chez)(?= [\w-]{1,63} ?[\[({]? ?(?:dot|punkt|point|punto|ponto)\b))"
    r" ?[\w-]{1,63}(?: ?(?:\.|[\[({<] ?(?:dot|punkt|point|punto|ponto|\.) ?[\])}>]"
    r"|(?<= )(?:dot|DOT|punkt|point|punto|ponto)(?= )) ?[\w-]{2,63}){1,4}"
)
_AT_WORDS = (
    "(at", "[at", "{at", "<at", "( at", "[ at", " at ", "(a t", "ät", "arroba", "chez", "chiocciola", "klammeraffe",
    "sobaka", "собака", "malpa", "małpa", "(@", "[@",
)  # fmt: skip
_TOP = re.compile(r"[^\W\d_]{2,}|xn--[\w-]+", re.IGNORECASE)
# Endings of files, and the words that package managers know in the place of a version.
_NO_TOP = frozenset((
    "png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "ico", "bmp", "css", "js", "mjs", "jsx", "tsx", "map", "json",
    "html", "htm", "pdf", "woff", "php", "asp", "aspx", "jsp", "txt", "csv", "xml",
))  # fmt: skip
_TAGS = frozenset((
    "latest", "next", "beta", "alpha", "canary", "rc", "stable", "dev", "edge", "lts", "experimental", "nightly",
))  # fmt: skip
_MULTIPLE = re.compile(r"[0-9](?:\.[0-9])?x\.", re.IGNORECASE)

MOST_DIGITS = 21  # 15 of ITU-T E.164, and an extension
_GAP = r"[ ()./\u00a0-]{0,3}"
_EXTENSION = r"(?: ?(?:x|ext\.?|#) ?\d{1,6})?"
_INTERNATIONAL = re.compile(rf"(?<![\w+])\+ ?\(?[1-9](?:{_GAP}\d){{6,14}}(?!\d){_EXTENSION}")
_DOUBLE_ZERO = re.compile(rf"(?<![\w.+-])00[ -]?\(?[1-9](?:{_GAP}\d){{8,13}}{_EXTENSION}(?![\w-])")
_NATIONAL = re.compile(
    r"(?<![\w.+/-])(?:"
    r"(?:1[ .-])?\([2-9]\d\d\) ?\d{3}[ .-]?\d{4}|(?:1[ .+-])?[2-9]\d\d[ .+-]\d{3}[ .+-]\d{4}"
    r"|\(?0[1-9]\d{0,4}\)?(?:[ ./+-]{1,3}\d{2,8}){1,5}|0[1-9]\d{8,9}"
    r"|\(\d{2,5}\)[ -]?\d{2,5}(?:[ -]\d{2,4}){1,3}"
    r"|[78][ -]?\(?9\d\d\)?[ -]\d{3}[ -]?\d\d[ -]?\d\d|1[3-9]\d[ -]\d{4}[ -]\d{4}"
    r"|[679]\d{2}(?: \d{3}){2}|[679]\d{2}(?: \d\d){3}|[6-9]\d{4}[ -]\d{5}|3[2-9]\d[ -]\d{3}[ -]?\d{4}"
    r")(?: ?(?:x|ext\.?|#) ?\d{1,6})?(?![\w-]|[.,]\d)"
)
_ANY = re.compile(rf"(?<![\w.+-])\(?\d(?:{_GAP}\d){{5,14}}{_EXTENSION}(?![\w]|[.,]\d)")
_CALLED = re.compile(
    r"(?:t[eé]l(?:[eé]fono?|efonn?r?|efone|efoon|efonas|ephone)?|phone|mobile?|cell|call(?: me)?|ring|reach(?: me)?"
    r"|whats ?app|sms|text me|fax|handy|mobil|rufnummer|anrufen|erreichbar|telefonnummer|portable|appel(?:er|ez)?"
    r"|num[eé]ro|(?:telefon|handy|mobil|ruf)?num[m]?er|(?:telefon|mobil)?n[uú]mmer|llamar?|llame|m[oó]vil|celular|chiama(?:re|mi|te)?|cellulare|ligar?|telem[oó]vel|bel(?:len)?|mobiel"
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
            if _is_address(found, text):
                yield found.span()
    lowered = text.lower()
    if any(word in lowered for word in _AT_WORDS):
        for found in _SPELLED.finditer(text):
            yield found.span()


def _is_address(found: re.Match[str], text: str) -> bool:
    domain = found[1]
    if domain.startswith("["):
        return True
    last = domain.rpartition(".")[2]
    start = found.start()
    if text[max(0, start - 3) : start] == "://" or (found[0].startswith("git@") and text[found.end() :][:1] == ":"):
        return False  # what stands in front of a host is for the reader of URLs to judge
    if "." not in domain:
        return not (last.isdigit() or last.lower() in _TAGS)
    return bool(_TOP.fullmatch(last)) and last.lower() not in _NO_TOP and not _MULTIPLE.match(domain)


def international(text: str) -> Found:
    """Telephone numbers that begin with `+`: nothing else is written so."""
    if "+" in text:
        for found in _INTERNATIONAL.finditer(text):
            if 8 <= _count(found[0]) <= MOST_DIGITS:
                yield found.span()


def phones(text: str) -> Found:
    """Telephone numbers with `00`, in the ways of many countries, and any number that a word announces as one."""
    for pattern, fewest in ((_DOUBLE_ZERO, 11), (_NATIONAL, 8)):
        for found in pattern.finditer(text):
            if fewest <= _count(found[0]) <= MOST_DIGITS and not _DATE.match(found[0]):
                yield found.span()
    for found in _ANY.finditer(text):
        if is_announced(_CALLED, text, found.start()) and not _DATE.match(found[0]):
            yield found.span()


def _count(text: str) -> int:
    return sum(map(str.isdigit, text))
