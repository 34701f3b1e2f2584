"""Find the files the gateway ships: policies, packs, vendor manifests and the table of CMP cookies."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import gateway
from gateway.consent.cmps import Cmp, parse_cmps
from gateway.region.table import CountryTable, parse
from gateway.vendors.catalogue import FIXTURES, SHIPPED
from gateway.vendors.skeleton import SKELETON


def policies() -> Traversable:
    """The shipped policies: inside the installed package, or beside it in a checkout."""
    installed = files("gateway") / "_policies"
    return installed if installed.is_dir() else Path(gateway.__file__).parents[1] / "policies"


def resolver(policy: Path) -> Callable[[str], tuple[str, str] | None]:
    """What `extends` means in a policy file: a file beside it, else a shipped one. None where there is neither."""

    def resolve(name: str) -> tuple[str, str] | None:
        parts = Path(name).parts
        if Path(name).is_absolute() or ".." in parts:
            return None
        beside = policy.parent / name
        for place in (beside, policies().joinpath(*parts)):
            if place.is_file():
                return place.read_text("utf-8"), str(place)
        return None

    return resolve


def manifests(directory: Path | None = None) -> dict[str, str]:
    """The texts of the vendor manifests by file name; those of the operator's own directory come last."""
    shipped = files("gateway.vendors")
    texts = {name: (shipped / name).read_text("utf-8") for name in (*SHIPPED, FIXTURES)}
    if directory is not None:
        texts |= {str(path): path.read_text("utf-8") for path in sorted(directory.glob("*.yaml"))}
    return texts


def manifest_skeleton() -> str:
    """The text that a new vendor's manifest is made of."""
    return (files("gateway.vendors") / SKELETON).read_text("utf-8")


@cache
def country_table() -> CountryTable:
    """The shipped country table, read once."""
    return parse((files("gateway.region") / "country.bin.xz").read_bytes(), known=True)


def cmps() -> dict[str, Cmp]:
    """The consent management platforms whose cookies are known."""
    return dict(_table())


@cache
def _table() -> dict[str, Cmp]:
    return parse_cmps((files("gateway.consent") / "cmps.yaml").read_text("utf-8"))
