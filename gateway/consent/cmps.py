"""Read the table of consent management platforms, and translate their categories into the common ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.consent.cmp_decoders import DECODERS, CmpAnswer
from gateway.consent.meaning import CATEGORIES
from gateway.errors import ConfigurationError, Finding
from gateway.marked_yaml import Document, load

_KEYS = {"title", "cookie", "companions", "decoder", "categories", "endings", "ignored", "shown"}
_NEEDED = ("title", "cookie", "decoder")


@dataclass(frozen=True, slots=True)
class Cmp:
    """One platform: a row of `cmps.yaml`, which explains the columns."""

    name: str
    title: str
    cookie: str
    decoder: str
    companions: tuple[str, ...] = ()
    categories: Mapping[str, tuple[str, ...]] | None = None
    endings: Mapping[str, tuple[str, ...]] | None = None
    ignored: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    def at(self, site: str) -> "Cmp":
        """The platform as it is configured on a site."""
        del site
        return self

    @property
    def names(self) -> frozenset[bytes]:
        """The cookies that are read, on any site."""
        return frozenset(name.encode() for name in (self.cookie, *self.companions))

    def with_cookie(self, name: str) -> "Cmp":
        """The platform with its answers in a cookie of another name; nothing leaves it as it is."""
        return replace(self, cookie=name) if name else self

    def answers(self, cookies: Mapping[bytes, Sequence[bytes]], now: float) -> list[CmpAnswer]:
        """What the cookies say at `now` (POSIX seconds): one answer for each that differs."""
        del now
        texts = {name.decode(): _texts(cookies.get(name, ())) for name in self.names}
        return [DECODERS[self.decoder](value, texts) for value in texts[self.cookie]]

    def meaning(self, category: str) -> tuple[str, ...]:
        """The common categories that one of the platform's own stands for."""
        known = (self.categories or {}).get(category)
        if known is not None:
            return known
        for ending, common in (self.endings or {}).items():
            if category.endswith(ending):
                return common
        return () if category.startswith(self.ignored) else ("unknown",)

    def common(self, states: Mapping[str, bool]) -> dict[str, bool]:
        """Common category -> yes or no. It takes every one of the platform's categories behind it to say yes."""
        found: dict[str, bool] = {}
        for category, yes in states.items():
            for name in self.meaning(category):
                found[name] = yes and found.get(name, True)
        return found

    def with_categories(self, categories: Mapping[str, tuple[str, ...]]) -> "Cmp":
        """The platform as a site configured it. ValueError for a word that is no common category."""
        strange = {name for names in categories.values() for name in names} - set(CATEGORIES)
        if strange:
            raise ValueError(f"no category is called {', '.join(sorted(strange))}")
        return replace(self, categories={**(self.categories or {}), **categories})


def parse_cmps(text: str, file: str = "cmps.yaml") -> dict[str, Cmp]:
    """The platforms by name. ConfigurationError with every finding where the table is wrong (C001)."""
    document = load(text, file)
    findings = list(document.findings)
    cmps: dict[str, Cmp] = {}
    rows = document.value if isinstance(document.value, dict) else {}
    for name, row in rows.items():
        problem = _problem(row)
        if problem:
            line, column = document.key_at((name,))
            findings.append(Finding(file, line, column, "C001", f"{name}: {problem}"))
        else:
            cmps[name] = _cmp(name, row)
    if findings or not cmps:
        raise ConfigurationError(findings or [_nothing(document)])
    return cmps


def _nothing(document: Document) -> Finding:
    return Finding(document.file, 1, 1, "C001", "no platform is listed")


def _problem(row: Any) -> str:
    """What is wrong with a row, or nothing."""
    if not isinstance(row, dict) or set(row) - _KEYS:
        return f"a platform has only {', '.join(sorted(_KEYS))}"
    if not all(isinstance(row.get(key), str) and row[key] for key in _NEEDED):
        return f"a platform needs {', '.join(_NEEDED)}"
    if row["decoder"] not in DECODERS:
        return f"the decoder is one of {', '.join(sorted(DECODERS))}"
    if not all(_is_words(row.get(key, [])) for key in ("companions", "ignored", "shown")):
        return "companions, ignored and shown are lists of words"
    tables = [row.get("categories", {}), row.get("endings", {})]
    if not all(isinstance(table, dict) and all(map(_is_meaning, table.values())) for table in tables):
        return f"categories and endings lead to {', '.join(CATEGORIES)}"
    return ""


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and word for word in value)


def _is_meaning(value: Any) -> bool:
    words = value if isinstance(value, list) else [value]
    return bool(words) and all(word in CATEGORIES for word in words)


def _cmp(name: str, row: Mapping[str, Any]) -> Cmp:
    return Cmp(
        name,
        row["title"],
        row["cookie"],
        row["decoder"],
        companions=tuple(row.get("companions", ())),
        categories=_table(row.get("categories", {})),
        endings=_table(row.get("endings", {})),
        ignored=tuple(row.get("ignored", ())),
        shown=tuple(row.get("shown", ())),
    )


def _table(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(value) if isinstance(value, list) else (value,) for key, value in table.items()}


def _texts(values: Sequence[bytes]) -> list[str]:
    """The values of a cookie as latin-1 text, each once."""
    return list(dict.fromkeys(value.decode("latin-1") for value in values))
