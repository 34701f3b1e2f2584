"""Let what a page told Google's tags vote: consent types that are denied. Nothing here ever grants."""

from dataclasses import dataclass

from gateway.consent.ballot import Ballot, Scene, Unreadable, joined, refuse
from gateway.consent.carriers import TYPES
from gateway.consent.google import decode_dma, decode_dma_cps, decode_gcd, decode_gcs, decode_npa
from gateway.consent.invalid import Invalid
from gateway.consent.limited import is_unreplaced
from gateway.consent.meaning import Answer, Question, answer

_STATED = tuple(f"consent.{name}" for name in TYPES)
CARRIERS = ("gcs", "gcd", "npa", "dma", "dma_cps", *_STATED)


@dataclass(frozen=True, slots=True)
class GoogleSource:
    """Google's parameters.

    One that cannot be read is no refusal, since what it would say is nobody's standard; one that the page left
    unreplaced refuses all it could.
    """

    questions: tuple[Question, ...]
    cookies: frozenset[bytes] = frozenset()
    carriers: frozenset[str] = frozenset(CARRIERS)

    def vote(self, scene: Scene) -> Ballot:
        """A refusal for each purpose that a denied type refuses, parameter by parameter."""
        given = [(name, value) for name, values in scene.carried.items() if name in CARRIERS for value in values]
        found = [self._ask(name, value, scene) for name, value in given]
        return joined(found) if found else Ballot()

    def _ask(self, name: str, value: str, scene: Scene) -> Ballot:
        source = f"google:{name}"
        if value and is_unreplaced(value):
            return refuse(source, (question.purpose for question in self.questions), "left unreplaced")
        denied = _denied(name, value, scene)
        if isinstance(denied, Invalid):
            return Ballot(unreadable=(Unreadable(source, denied.reason),)) if value else Ballot()
        said = dict.fromkeys(denied, False)
        return answer(source, self.questions, Answer(said, said, explicit=False, day=None))


def _denied(name: str, value: str, scene: Scene) -> list[str] | Invalid:
    """The consent types that a parameter denies."""
    if name == "gcs":
        gcs = decode_gcs(value)
        return gcs if isinstance(gcs, Invalid) else [kind for kind, state in gcs.items() if state == "denied"]
    if name == "gcd":
        gcd = decode_gcd(value)
        return gcd if isinstance(gcd, Invalid) else [kind for kind, state in gcd.items() if state.effective == "denied"]
    if name == "npa":
        npa = decode_npa(value)
        return npa if isinstance(npa, Invalid) else ["ad_personalization"] * npa
    if name in _STATED:
        return [name.partition(".")[2]] * (value.strip().lower() in ("denied", "0", "false"))
    return _unlinked(name, value, scene)


def _unlinked(name: str, value: str, scene: Scene) -> list[str] | Invalid:
    """`dma=1` with `dma_cps=-`: the visitor let no core service be linked, so none of them gets the data for ads."""
    read = decode_dma(value) if name == "dma" else decode_dma_cps(value)
    if isinstance(read, Invalid):
        return read
    applies = "1" in scene.carried.get("dma", ())
    return ["ad_user_data", "ad_personalization"] if name == "dma_cps" and applies and not read else []
