"""Show a consent string of any kind as JSON values, or say why it is none."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from gateway.consent.ac import decode_ac
from gateway.consent.google import decode_dma, decode_dma_cps, decode_gcd, decode_gcs, decode_npa
from gateway.consent.gpp_json import show_gpp
from gateway.consent.invalid import Invalid
from gateway.consent.tcf_json import show_tcf
from gateway.consent.usp import decode_usp

Shown = dict[str, Any] | Invalid

_SALE = {"Y": "opted_out", "N": "not_opted_out", "-": "not_applicable"}


def show_usp(text: str) -> Shown:
    """A US Privacy string."""
    usp = decode_usp(text)
    if isinstance(usp, Invalid):
        return usp
    answers = {"version": 1, "notice": usp.notice, "optOutSale": usp.opt_out_sale, "lspa": usp.lspa}
    return answers | {"applies": usp.applies, "sale": _SALE[usp.opt_out_sale]}


def show_ac(text: str) -> Shown:
    """An Additional Consent string; `disclosed` is null in version 1."""
    ac = decode_ac(text)
    if isinstance(ac, Invalid):
        return ac
    disclosed = None if ac.disclosed is None else list(ac.disclosed)
    return {"version": ac.version, "consented": list(ac.consented), "disclosed": disclosed}


def show_gcs(text: str) -> Shown:
    """Google's `gcs`."""
    return decode_gcs(text)


def show_gcd(text: str) -> Shown:
    """Google's `gcd`."""
    gcd = decode_gcd(text)
    if isinstance(gcd, Invalid):
        return gcd
    return {name: {**state._asdict(), "effective": state.effective} for name, state in gcd.items()}


def show_npa(text: str) -> Shown:
    """Google's `npa`."""
    npa = decode_npa(text)
    return npa if isinstance(npa, Invalid) else {"personalised_ads": "denied" if npa else "not_denied"}


def show_dma(text: str) -> Shown:
    """Google's `dma`, or the letters that `dma_cps` adds to it."""
    dma = decode_dma(text)
    if isinstance(dma, Invalid):
        services = show_dma_cps(text)
        return dma if isinstance(services, Invalid) else services
    return {"digital_markets_act": "applies" if dma else "does_not_apply"}


def show_dma_cps(text: str) -> Shown:
    """Google's `dma_cps`."""
    letters = decode_dma_cps(text)
    return letters if isinstance(letters, Invalid) else {"core_platform_services": list(letters)}


def _undated(show: Callable[[str], Shown]) -> Callable[[str, float], Shown]:
    return lambda text, now: show(text)


# Kind -> what shows it, given the text and the time (POSIX seconds).
KINDS: Mapping[str, Callable[[str, float], Shown]] = MappingProxyType(
    {
        "tcf": show_tcf,
        "gpp": show_gpp,
        "usp": _undated(show_usp),
        "ac": _undated(show_ac),
        "gcs": _undated(show_gcs),
        "gcd": _undated(show_gcd),
        "npa": _undated(show_npa),
        "dma": _undated(show_dma),
        "dma_cps": _undated(show_dma_cps),
    }
)
