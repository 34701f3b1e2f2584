"""The address of a request: a template whose host only the manifest and the operator decide, never an event."""

import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from gateway.marked_yaml import Path
from gateway.vendors.expressions import Compiler, Run, Scope
from gateway.vendors.flows import Flow
from gateway.vendors.patterns import is_public_host

_HOLE = re.compile(r"\{\{(.*?)\}\}")
_WHOLE = "only a setting may hold a whole address, and a path comes after it"


class UrlTemplate(NamedTuple):
    """Literals and what stands between them; values of the operator go in as they are, all others percent-encoded."""

    literals: tuple[str, ...]
    holes: tuple[tuple[Run, bool], ...]

    def fill(self, scope: Scope) -> str | None:
        """The URL, or None where a value is missing."""
        parts = [self.literals[0]]
        for (run, raw), literal in zip(self.holes, self.literals[1:], strict=True):
            value = run(scope)
            if value is None:
                return None
            parts += (str(value) if raw else quote(str(value), safe=""), literal)
        return "".join(parts)

    def authority(self, scope: Scope) -> str:
        """Host and port of every URL this template makes, lower case; empty for a file."""
        parts = [self.literals[0]]
        for (run, raw), literal in zip(self.holes, self.literals[1:], strict=True):
            parts += (str(run(scope) or "") if raw else "", literal)
        return urlsplit("".join(parts)).netloc.lower()


def compile_url(text: str, compiler: Compiler, at: Path) -> tuple[UrlTemplate, tuple[Flow, ...], str]:
    """The template, the flows into it, and what is wrong with it or nothing."""
    literals, nodes = compiler.template(text, at, frozenset())
    names = [hole.strip() for hole in _HOLE.findall(text)]
    holes = tuple((node.run, name.startswith("settings.")) for node, name in zip(nodes, names, strict=True))
    template = UrlTemplate(tuple(literals), holes)
    return template, tuple(flow for node in nodes for flow in node.flows), _problem(text, names)


def _problem(text: str, names: list[str]) -> str:
    plain = _HOLE.sub("\0", text)
    if plain.startswith("\0"):
        return "" if names[0].startswith("settings.") and plain[1:2] in ("", "/", "?") else _WHOLE
    scheme, _, rest = plain.partition("://")
    if scheme == "file":
        named = all(name.startswith("settings.") or name == "source.day" for name in names)
        return "" if named else "only a setting and the day may name a file"
    host = re.split(r"[/?#]", rest)[0]
    if scheme != "https":
        return "a manifest's address is https"
    if not all(name.startswith("settings.") for name in names[: host.count("\0")]):
        return "only settings may be part of the host"
    return "" if host == "\0" or is_public_host(host.replace("\0", "x")) else f'"{host}" is no public host name'
