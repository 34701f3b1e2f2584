"""Make the texts that cost the most: as many parts as fit, as large as they may be."""

from gateway.consent.tcf import MAX_LENGTH
from gateway.consent.vendor_ids import MAX_VENDOR_ID
from tests.consent.tcf_packer import (
    base64url,
    core,
    disclosed,
    entries,
    fibonacci_entries,
    gpp_header,
    number,
    ranges,
    vendors,
)

SINGLES = [(vendor, vendor) for vendor in range(1, 2701)]
WIDE = [(1, MAX_VENDOR_ID)] * 1300
EACH = number(1, 6) + "00" + entries((1, MAX_VENDOR_ID))


def hostile():
    """(target, text); every text is short enough to be looked at, but for the last of each."""
    restricted = core(restrictions=number(256, 12) + EACH * 256)
    for text in (
        core(consented=ranges(*SINGLES, highest=MAX_VENDOR_ID)),
        core(consented=ranges(*WIDE, highest=MAX_VENDOR_ID)),
        core(consented=ranges(*reversed(SINGLES), highest=MAX_VENDOR_ID)),
        core(consented=vendors(*range(1, 10_001)), interested=vendors(*range(1, 10_001))),
        core(restrictions=number(2300, 12) + (number(1, 6) + "00" + number(0, 12)) * 2300),
        restricted,
        core() + "." + disclosed(*range(1, 10_001)),
        core() + "." * 5000,
        "C" + "_" * (MAX_LENGTH - 1),
        "C" * 1_000_000,
    ):
        yield "tcf", text
        yield "gpp", f"{gpp_header(2)}~{text}"
    canadian = base64url("000001" + "0" * 35 + "1" + "0" * 207)
    for text in (
        f"{gpp_header(5)}~{canadian}",
        gpp_header(*range(1, 3000)) + "~A" * 2999,
        base64url(number(3, 6) + number(1, 6) + fibonacci_entries((1, 17_000))) + "~A" * 3000,
        "DBAB" + "A" * 7990,
        "DBAA" + "~" * 7990,
        "D" * 1_000_000,
    ):
        yield "gpp", text
    for kind, text in (
        ("ac", "1~" + ".".join(map(str, range(1, 1700)))),
        ("ac", "1~" + "1." * 4000),
        ("ac", "2~" + "1" * 7990),
        ("ac", "1" * 1_000_000),
        ("usp", '{"uspString":"' + " " * 8000),
        ("gcd", "1" * 1_000_000),
        ("dma_cps", "a" * 1_000_000),
        ("cookies", "=;" * 4000),
        ("cookies", "a=b;" * 59),
        ("cookies", " \t" * 4000),
        ("cookies", "a=" + " \t;" * 2600),
    ):
        yield kind, text
