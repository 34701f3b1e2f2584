"""An act makes of a request what it says, or leaves it as it is and says why."""

from dataclasses import replace

import pytest

from gateway.dsr import acts
from gateway.dsr.problems import InvalidDraft, InvalidState, UnknownRequest, VerificationExpired
from gateway.dsr.request import Denial, Moment, Request, State, Task, TaskState, Type, Verification
from gateway.policy.durations import Duration

NOW = 1_795_429_200
QUEUED = Request(
    "id", "client", Type.ERASURE, "gdpr", NOW, NOW + 9, "digest", ("user_id",), state=State.QUEUED,
    history=(Moment("queued", NOW),),
)  # fmt: skip
RUNNING = replace(QUEUED, state=State.RUNNING)
WAITING = replace(QUEUED, state=State.AWAITING_VERIFICATION, expires=NOW + 60)
COOKIE = Verification("cookie", "low", "by")


def sixty(place, key):
    return Duration(60, "d") if key == "extend_by" else None


def test_a_verification_comes_in_time_or_not_at_all():
    done = acts.verified(WAITING, COOKIE, NOW + 60)
    assert (done.state, done.verification.at) == (State.QUEUED, NOW + 60)
    with pytest.raises(VerificationExpired):
        acts.verified(WAITING, COOKIE, NOW + 61)
    with pytest.raises(InvalidState):
        acts.verified(QUEUED, COOKIE, NOW)


def test_a_denial_is_not_taken_over_by_another_key():
    first = acts.denied(QUEUED, Denial("other", "words", "denier", 0), NOW)
    with pytest.raises(InvalidState):
        acts.denied(first, Denial("other", "words", "another", 0), NOW)


def test_what_is_worked_on_is_neither_cancelled_nor_denied():
    denial = Denial("other", "words", "by", 0)
    assert acts.cancelled(WAITING, NOW).state is State.CANCELLED
    assert acts.denied(QUEUED, denial, NOW).denial == replace(denial, at=NOW)
    for act in (lambda: acts.cancelled(RUNNING, NOW), lambda: acts.denied(RUNNING, denial, NOW)):
        with pytest.raises(InvalidState, match="running"):
            act()


@pytest.mark.parametrize(("reason", "text"), [("because", "words"), ("other", " ")])
def test_a_denial_has_a_reason_of_the_list_and_words(reason, text):
    with pytest.raises(InvalidDraft):
        acts.denied(QUEUED, Denial(reason, text, "by", 0), NOW)


def test_a_period_is_added_once_and_only_where_the_law_gives_one():
    longer = acts.extended(QUEUED, "many requests", sixty, NOW)
    assert longer.due == longer.extension.due == QUEUED.due + 60 * 86_400
    for request, asked in (
        (longer, sixty),
        (QUEUED, lambda place, key: None),
        (replace(QUEUED, state=State.DENIED), sixty),
    ):
        with pytest.raises(InvalidState):
            acts.extended(request, "many requests", asked, NOW)
    with pytest.raises(InvalidDraft):
        acts.extended(QUEUED, "", sixty, NOW)


def test_only_what_has_failed_is_tried_again():
    failed, other = (Task(name, "api_delete", TaskState.FAILED, tries=8) for name in ("a", "b"))
    request = replace(RUNNING, tasks=(failed, other, Task("c", "api_delete", TaskState.DONE)))
    assert [task.retry_at for task in acts.retried(request, "", NOW).tasks] == [NOW, NOW, 0]
    assert [task.retry_at for task in acts.retried(request, "b", NOW).tasks] == [0, NOW, 0]
    for target in ("c", "d"):
        with pytest.raises(InvalidState):
            acts.retried(request, target, NOW)


def test_a_person_settles_only_what_waits_for_one():
    request = replace(RUNNING, tasks=(Task("a", "manual", TaskState.MANUAL), Task("b", "append")))
    done = acts.settled(request, "a", TaskState.DONE, "seen to", NOW).task("a")
    assert (done.state, done.note, done.matched, done.at) == (TaskState.DONE, "seen to", 1, NOW)
    assert acts.settled(request, "a", TaskState.NOT_FOUND, "nobody there", NOW).task("a").matched == 0
    with pytest.raises(InvalidState):
        acts.settled(request, "b", TaskState.DONE, "seen to", NOW)
    with pytest.raises(UnknownRequest):
        acts.settled(request, "c", TaskState.DONE, "seen to", NOW)
    for state, note in ((TaskState.PENDING, "seen to"), (TaskState.DONE, "")):
        with pytest.raises(InvalidDraft):
            acts.settled(request, "a", state, note, NOW)


def test_one_appeal_at_a_time_and_each_is_decided_once():
    denied = acts.denied(QUEUED, Denial("other", "words", "denier", 0), NOW)
    appealed = acts.appealed(denied, "1", "person", NOW)
    with pytest.raises(InvalidState):
        acts.appealed(appealed, "2", "person", NOW)
    rejected = acts.appeal_decided(appealed, "1", upheld=False, by="judge", now=NOW)
    assert (rejected.state, rejected.appeals[0].decision) == (State.DENIED, "rejected")
    with pytest.raises(InvalidState):
        acts.appeal_decided(rejected, "1", upheld=True, by="judge", now=NOW)
    again = acts.appealed(rejected, "2", "person", NOW)
    verified = replace(again, verification=COOKIE)
    assert acts.appeal_decided(verified, "2", upheld=True, by="judge", now=NOW).state is State.QUEUED
    with pytest.raises(UnknownRequest):
        acts.appeal_decided(again, "3", upheld=True, by="judge", now=NOW)
    with pytest.raises(InvalidState):
        acts.appealed(QUEUED, "1", "person", NOW)


def test_who_was_not_verified_before_a_denial_is_not_by_an_appeal_that_is_upheld():
    denied = acts.denied(WAITING, Denial("insuf_verification", "words", "denier", 0), NOW + 50)
    appealed = acts.appealed(denied, "1", "person", NOW + 5000)
    upheld = acts.appeal_decided(appealed, "1", upheld=True, by="judge", now=NOW + 6000)
    assert (upheld.state, upheld.ended) == (State.AWAITING_VERIFICATION, 0)
    assert upheld.expires - (NOW + 6000) == WAITING.expires - WAITING.received
    assert acts.verified(upheld, COOKIE, upheld.expires).state is State.QUEUED
    again = acts.appealed(
        acts.denied(upheld, Denial("other", "words", "denier", 0), NOW + 6010), "2", "person", NOW + 6020
    )
    again = acts.appeal_decided(again, "2", upheld=True, by="judge", now=NOW + 7000)
    assert again.expires - (NOW + 7000) == WAITING.expires - WAITING.received


def test_an_appeal_comes_in_time_and_whom_it_is_about_is_known_until_it_is_decided():
    denied = acts.denied(QUEUED, Denial("other", "words", "denier", 0), NOW)
    last = NOW + 60 * 86_400 - 1
    assert (acts.may_reopen(denied, last), acts.may_reopen(denied, last + 1)) == (True, False)
    with pytest.raises(InvalidState):
        acts.appealed(denied, "1", "person", last + 1)
    appealed = acts.appealed(denied, "1", "person", last)
    assert acts.may_reopen(appealed, last + 45 * 86_400)
    assert not acts.may_reopen(acts.appeal_decided(appealed, "1", upheld=False, by="judge", now=last), last + 1)
    assert not acts.may_reopen(acts.cancelled(QUEUED, NOW), NOW)
