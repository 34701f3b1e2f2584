"""The table of consent management platforms, each of which reads its own cookies into the common categories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.consent.cmp.answers import Expected
from gateway.consent.cmp.compile import KEYS as PLAN_KEYS
from gateway.consent.cmp.compile import compile_plan
from gateway.consent.cmp.config import CmpConfig
from gateway.consent.cmp.forms import OPAQUE, SEVERAL, read_form, read_several
from gateway.consent.cmp.plan import EVERYTHING, CmpAnswer, Plan, Site
from gateway.consent.cmp.text import unquoted
from gateway.consent.cmp.written import Written
from gateway.consent.meaning import CATEGORIES
from gateway.consent.names import is_pattern, matches
from gateway.errors import ConfigurationError, Finding
from gateway.marked_yaml import Document, load

_WORDS = ("companions", "ignored", "refusing", "implied", "shown")
_TEXTS = ("title", "acts", "unread", "source")
_KEYS = {"cookie", "others", *_WORDS, "categories", "endings", *_TEXTS, *PLAN_KEYS}
# What the cookie of a platform is expected to answer where its row does not say it.
USUAL = ("necessary", "functional", "analytics", "advertising")

Meanings = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Cmp:
    """One platform: a row of `cmps.yaml`, which explains the columns.

    `sites` is the platform as single sites configured it; `configured`, `version`, `min_day` and `only` what all others
    did.
    """

    name: str
    title: str
    cookie_names: tuple[str, ...]
    plan: Plan
    companions: tuple[str, ...] = ()
    categories: Meanings = field(default_factory=dict)
    endings: Meanings = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    refusing: frozenset[str] = frozenset()
    others: tuple[str, ...] = ("unknown",)
    implied: tuple[str, ...] = ()
    shown: tuple[str, ...] = USUAL
    acts: str = ""
    unread: str = ""
    source: str = ""
    configured: Meanings = field(default_factory=dict)
    version: str = ""
    min_day: int | None = None
    only: str = ""
    sites: Mapping[str, "Cmp"] = field(default_factory=dict)
    _site: Site = field(init=False, repr=False, compare=False)
    _names: tuple[bytes, ...] = field(init=False, repr=False, compare=False)
    _companions: tuple[tuple[str, tuple[bytes]], ...] = field(init=False, repr=False, compare=False)
    _beside: tuple[bytes, ...] = field(init=False, repr=False, compare=False)
    _behind: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        listed = self.configured or self.categories
        optional = frozenset(name for name, common in listed.items() if set(common) - {"necessary"})
        expected = Expected(self.categories, optional, site=bool(self.configured))
        object.__setattr__(self, "_names", tuple(name.encode() for name in self.cookie_names))
        object.__setattr__(self, "_companions", tuple((name, (name.encode(),)) for name in self.companions))
        beside = self.companions if any(map(is_pattern, self._names)) else ()
        object.__setattr__(self, "_beside", tuple(name.encode() for name in beside if is_pattern(name.encode())))
        object.__setattr__(self, "_behind", _turned(self.configured))
        object.__setattr__(self, "_site", Site(expected, self.version, self.min_day, self.only))

    @property
    def cookie(self) -> str:
        """The name, or pattern of names, of the cookie with the answers; empty where there is none."""
        return self.cookie_names[0] if self.cookie_names else ""

    @property
    def opaque(self) -> bool:
        """Whether nobody but the platform can read its cookies; `unread` says what to do."""
        return self.plan.form == OPAQUE

    @property
    def names(self) -> frozenset[bytes]:
        """The cookies that are read, on any site."""
        own = frozenset(name.encode() for name in (*self.cookie_names, *self.companions))
        return own.union(*(cmp.names for cmp in self.sites.values()))

    def at(self, site: str) -> "Cmp":
        """The platform as it is configured on a site."""
        return self.sites.get(site, self) if self.sites else self

    def with_cookie(self, name: str) -> "Cmp":
        """The platform with its answers in a cookie of another name; nothing leaves it as it is."""
        if not name:
            return self
        sites = {site: cmp.with_cookie(name) for site, cmp in self.sites.items()}
        return replace(self, cookie_names=(name,), sites=sites)

    def with_config(self, config: CmpConfig) -> "Cmp":
        """The platform as an operator says it is."""
        given = [name for common in config.categories.values() for name in common]
        return replace(
            self,
            cookie_names=(config.cookie,) if config.cookie else self.cookie_names,
            categories={**self.categories, **config.categories},
            configured={**self.configured, **config.categories},
            shown=tuple(dict.fromkeys((*self.implied, *given))) if given else self.shown,
            version=config.version or self.version,
            min_day=self.min_day if config.min_day is None else config.min_day,
            only=config.only or self.only,
        )

    def answers(self, cookies: Mapping[bytes, Sequence[bytes]], now: float) -> list[CmpAnswer]:
        """What the cookies say at `now` (POSIX seconds): one answer for each that differs."""
        found = dict(_find(self._names, cookies))
        if self._beside:
            found = {name: values for name, values in found.items() if not self._is_beside(name)}
        companions, whole = self._companions_among(cookies)
        if not found and not any(companions.values()):
            return []
        if self.opaque:
            return [CmpAnswer({}, problem=self.unread)]
        written = self._written(found, companions)
        if not whole:
            written = [each._replace(whole=False) for each in written]
        return [self.plan.answer(each, self._site, now) for each in written]

    def _companions_among(self, cookies: Mapping[bytes, Sequence[bytes]]) -> tuple[dict[str, list[str]], bool]:
        """The texts of the companions by name (or pattern), and whether they could be read."""
        found: dict[str, list[str]] = {}
        whole = True
        for pattern, name in self._companions:
            texts = found[pattern] = []
            for _, values in _find(name, cookies):
                for text in _texts(values):
                    plain, is_clean = unquoted(text)
                    texts.append(plain)
                    whole = whole and is_clean
        return found, whole

    def _is_beside(self, name: bytes) -> bool:
        """Whether a companion goes by a name that the pattern of the cookie stands for as well."""
        return any(matches(pattern, name) for pattern in self._beside)

    def _written(
        self, found: Mapping[bytes, Sequence[bytes]], companions: Mapping[str, Sequence[str]]
    ) -> list[Written]:
        plan = self.plan
        if plan.form == SEVERAL:
            named = {self._short(name.decode("latin-1")): _texts(values) for name, values in found.items()}
            return [read_several(named)._replace(companions=companions)]
        if not found:
            return [Written(None, companions)]
        texts = dict.fromkeys([text for values in found.values() for text in _texts(values)])
        written = [read_form(plan.form, text, plan.separators) for text in texts]
        return [Written(each.tree, companions, each.whole) for each in written]

    def _short(self, name: str) -> str:
        """What a cookie's name says beyond the beginning that the platform's cookies share."""
        beginnings = (pattern[:-1] for pattern in self.cookie_names if pattern.endswith("*"))
        return next((name.removeprefix(each) for each in beginnings if name.startswith(each)), name)

    def meaning(self, category: str) -> tuple[str, ...]:
        """The common categories that one of the platform's own stands for."""
        known = self.categories.get(category)
        if known is not None:
            return known
        for ending, common in self.endings.items():
            if category.endswith(ending):
                return common
        if category == EVERYTHING:
            return ("unknown",)
        return () if self.ignored and category.startswith(self.ignored) else self.others

    def common(self, states: Mapping[str, bool]) -> dict[str, bool]:
        """Common category -> yes or no. It takes every one of the platform's categories behind it to say yes.

        Those that a site listed have to be there for it; of the usual ones a site may lack some.
        """
        found: dict[str, bool] = {}
        for category, yes in states.items():
            if yes and category in self.refusing:
                continue
            for name in self.meaning(category):
                found[name] = yes and found.get(name, True)
        for name, behind in self._behind.items():
            if found.get(name) and not all(states.get(category) for category in behind):
                del found[name]
        return found


def _turned(meanings: Meanings) -> dict[str, frozenset[str]]:
    """Common category -> the platform's own that stand for it."""
    names = {name for common in meanings.values() for name in common}
    return {name: frozenset(own for own, common in meanings.items() if name in common) for name in names}


def _find(patterns: Sequence[bytes], cookies: Mapping[bytes, Sequence[bytes]]) -> list[tuple[bytes, Sequence[bytes]]]:
    """The cookies that go by these names."""
    found: list[tuple[bytes, Sequence[bytes]]] = []
    for pattern in patterns:
        values = cookies.get(pattern)
        if values is not None:
            found.append((pattern, values))
        elif is_pattern(pattern):
            found += [(name, values) for name, values in cookies.items() if matches(pattern, name)]
    return found


def _texts(values: Sequence[bytes]) -> list[str]:
    """The values of a cookie as latin-1 text, each once."""
    if len(values) == 1:
        return [values[0].decode("latin-1")]
    return list(dict.fromkeys(value.decode("latin-1") for value in values))


def parse_cmps(text: str, file: str = "cmps.yaml") -> dict[str, Cmp]:
    """The platforms by name. ConfigurationError with every finding where the table is wrong (C001)."""
    document = load(text, file)
    findings = list(document.findings)
    cmps: dict[str, Cmp] = {}
    rows = document.value if isinstance(document.value, dict) else {}
    for name, row in rows.items():
        try:
            cmps[name] = _cmp(name, row)
        except (ValueError, TypeError) as error:
            line, column = document.key_at((name,))
            findings.append(Finding(file, line, column, "C001", f"{name}: {error}"))
    if findings or not cmps:
        raise ConfigurationError(findings or [_nothing(document)])
    return cmps


def _nothing(document: Document) -> Finding:
    return Finding(document.file, 1, 1, "C001", "no platform is listed")


def _cmp(name: str, row: Any) -> Cmp:
    """A row as a platform. ValueError or TypeError with what is wrong."""
    if not isinstance(row, dict) or set(row) - _KEYS:
        raise TypeError(f"a platform has only {', '.join(sorted(_KEYS))}")
    _check(row)
    return Cmp(
        name,
        row["title"],
        tuple(_cookies(row)),
        compile_plan(row),
        companions=tuple(row.get("companions", ())),
        categories=_meanings("categories", row.get("categories", {})),
        endings=_meanings("endings", row.get("endings", {})),
        ignored=tuple(row.get("ignored", ())),
        refusing=frozenset(row.get("refusing", ())),
        others=_meanings("others", {"": row.get("others", "unknown")})[""],
        implied=tuple(row.get("implied", ())),
        shown=tuple(row.get("shown", USUAL)),
        acts=row.get("acts", ""),
        unread=row.get("unread", ""),
        source=row.get("source", ""),
    )


def _check(row: Mapping[str, Any]) -> None:
    if not all(_is_words(row.get(key, [])) for key in _WORDS) or not _is_words(_cookies(row)):
        raise ValueError(f"cookie, {', '.join(_WORDS)} are lists of words")
    if not isinstance(row.get("title"), str) or not all(isinstance(row.get(key, ""), str) for key in _TEXTS):
        raise TypeError(f"a platform needs a title; {', '.join(_TEXTS)} are texts")
    if row.get("form") == OPAQUE and not row.get("unread"):
        raise ValueError("a platform that cannot be read says under unread what to do")
    if row.get("form") != OPAQUE and not _cookies(row):
        raise ValueError("a platform needs its cookie")


def _cookies(row: Mapping[str, Any]) -> Any:
    cookie = row.get("cookie", [])
    return [cookie] if isinstance(cookie, str) else cookie


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and word for word in value)


def _meanings(key: str, table: Any) -> dict[str, tuple[str, ...]]:
    """Own category -> common ones."""
    if not isinstance(table, dict):
        raise TypeError(f"{key} pairs categories with {', '.join(CATEGORIES)}")
    found = {name: tuple(value) if isinstance(value, list) else (value,) for name, value in table.items()}
    if not all(common and set(common) <= set(CATEGORIES) for common in found.values()):
        raise ValueError(f"{key} lead to {', '.join(CATEGORIES)}")
    return found
