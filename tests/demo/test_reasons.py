"""Every reason there is has its sentence."""

from gateway.decision import Reason
from gateway.demo.reasons import SENTENCES


def test_every_reason_has_a_sentence_of_its_own():
    assert SENTENCES.keys() == set(Reason)
    assert len(set(SENTENCES.values())) == len(SENTENCES)


def test_a_sentence_says_first_whether_something_was_sent():
    grounds = {Reason.NECESSARY, Reason.EXEMPT, Reason.NOTICE, Reason.NO_OBJECTION, Reason.CONSENT}
    sent = {reason for reason, sentence in SENTENCES.items() if sentence.startswith("Sent:")}
    kept = {reason for reason, sentence in SENTENCES.items() if sentence.startswith("Nothing left:")}
    assert (sent, kept) == (grounds, set(Reason) - grounds)
