"""Judge this machine's clock by those of others.

Times are POSIX seconds. Who is asked answers at some moment between question and answer, in whole seconds perhaps: what
lies within that is no difference.
"""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from gateway.doctor.result import Result, doubtful, fine, unknown, wrong

CHECK, ABOUT = "clock", "this machine"
# A vendor takes no signature that is a minute off; below some seconds nothing that is kept or sent is different.
DOUBTFUL_SECONDS, WRONG_SECONDS = 5.0, 60.0
_DO = "let a time service set it (chrony, systemd-timesyncd); in a cluster, that of the node"


class Reading(NamedTuple):
    """What one server `told` of the time, when it was `asked` and when it `answered` by our own clock. It tells in
    steps of `step` seconds."""

    server: str
    told: float
    asked: float
    answered: float
    step: float = 1.0


def ahead(reading: Reading) -> float:
    """By how many seconds our clock is certainly ahead of the server's; below 0 it is behind."""
    least = reading.asked - (reading.told + reading.step)
    most = reading.answered - reading.told
    return least if least > 0 else most if most < 0 else 0.0


def judge(readings: Sequence[Reading]) -> Result:
    """How our clock is. One server of several that is wrong does not count."""
    if not readings:
        do = "compare it by hand, or leave it out: --skip clock"
        return unknown(CHECK, ABOUT, "nobody told the time", do)
    off = median(ahead(reading) for reading in readings)
    asked = f"{len(readings)} server{'s' if len(readings) > 1 else ''}"
    if abs(off) <= DOUBTFUL_SECONDS:
        return fine(CHECK, ABOUT, f"its clock agrees with {asked}")
    says = f"its clock is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} {asked}"
    return wrong(CHECK, ABOUT, says, _DO) if abs(off) > WRONG_SECONDS else doubtful(CHECK, ABOUT, says, _DO)
