"""A request says how far it is, and never more than is true of its tasks."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.dsr.request import (
    ENDED,
    IN_ORDER,
    IN_WORK,
    METHODS,
    NEXT,
    SETTLED,
    Appeal,
    Denial,
    Extension,
    Illegal,
    Moment,
    Outcome,
    Request,
    Scope,
    State,
    Task,
    TaskState,
    Type,
    Verification,
    outcome_of,
    reachable,
    state_of,
)

NOW = 1_795_429_200
TASKS = st.builds(
    Task, st.text(max_size=9), st.sampled_from(sorted(METHODS)), st.sampled_from(TaskState), st.integers(0, 9),
    st.integers(0, 9), retry_at=st.integers(0, 2 * NOW), completes_by=st.integers(0, 2 * NOW), note=st.text(max_size=9),
)  # fmt: skip
BARE = Request("id", "client", Type.ERASURE, "gdpr", NOW, NOW + 9, "digest")
REQUESTS = st.builds(
    Request, st.text(max_size=9), st.text(max_size=9), st.sampled_from(Type), st.text(max_size=9), st.integers(),
    st.integers(), st.text(max_size=9), st.lists(st.text(max_size=5), max_size=2).map(tuple),
    state=st.sampled_from(State), outcome=st.none() | st.sampled_from(Outcome),
    extension=st.none() | st.just(Extension("why", 1, 2)), verification=st.just(Verification("cookie", "low", "by", "", 1)),
    scope=st.just(Scope(("meta",), keep_suppressed=False)), tasks=st.lists(TASKS, max_size=3).map(tuple),
    denial=st.none() | st.just(Denial("other", "words", "by", 1)), appeals=st.just((Appeal("a", 1, 2, "by"),)),
    history=st.just((Moment("received", 1),)), callbacks=st.just(("https://a.example/",)),
)  # fmt: skip


@given(REQUESTS)
def test_a_request_reads_back_as_it_was_written(request):
    assert Request.from_json(request.to_json()) == request


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"id": 1, "state": "none"}'])
def test_what_is_no_request_is_an_error_that_callers_can_expect(text):
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        Request.from_json(text)


def test_only_what_the_table_says_follows_a_state():
    for before, after in itertools.product(State, State):
        start = Request(**{**{name: getattr(BARE, name) for name in BARE.__slots__}, "state": before})
        if after is before:
            assert start.to(after, NOW) is start
        elif after in NEXT[before]:
            moved = start.to(after, NOW)
            assert (moved.state, moved.history[-1], bool(moved.ended)) == (after, Moment(after, NOW), after in ENDED)
        else:
            with pytest.raises(Illegal):
                start.to(after, NOW)


def test_what_has_ended_stays_so_but_for_a_denial_that_is_appealed():
    assert {state for state in ENDED if NEXT[state]} == {State.DENIED}
    assert not ENDED & IN_WORK


@given(st.lists(TASKS, max_size=4))
@settings(max_examples=40)
def test_nothing_is_done_that_is_not(tasks):
    outcome = outcome_of(tasks)
    states = {task.state for task in tasks}
    assert (outcome is None) == bool(states - SETTLED)
    if outcome is Outcome.DONE:
        assert states <= {TaskState.DONE, TaskState.SKIPPED} and any(task.matched for task in tasks)
    if outcome is Outcome.NO_MATCH:
        assert not any(task.matched for task in tasks)


@given(st.lists(TASKS, max_size=4))
@settings(max_examples=40)
def test_a_request_is_complete_when_all_its_tasks_are_settled_and_not_before(tasks):
    state = state_of(tasks, NOW)
    assert (state is State.COMPLETED) == all(task.settled for task in tasks)
    assert state in IN_WORK | {State.COMPLETED}


@pytest.mark.parametrize(
    ("task", "state"),
    [
        (Task("a", "api_delete"), State.RUNNING),
        (Task("a", "api_delete", TaskState.FAILED, retry_at=NOW), State.RUNNING),
        (Task("a", "api_delete", TaskState.FAILED, retry_at=NOW + 1), State.WAITING_EXTERNAL),
        (Task("a", "api_delete", TaskState.FAILED), State.NEEDS_ATTENTION),
        (Task("a", "manual", TaskState.MANUAL), State.NEEDS_ATTENTION),
        (Task("a", "retention_expiry", completes_by=NOW + 1), State.WAITING_EXTERNAL),
        (Task("a", "retention_expiry", completes_by=NOW), State.RUNNING),
    ],
)
def test_a_request_that_waits_says_for_what(task, state):
    assert state_of([Task("b", "append", TaskState.DONE), task], NOW) is state


def test_what_must_come_first_holds_up_what_comes_after_it():
    first, second, outside = Task("a", "append"), Task("b", "crypto_shred"), Task("c", "api_delete")
    assert reachable((first, second, outside)) == (first,)
    assert reachable((outside, second, first)) == (outside, second)
    assert {"append", "tombstone", "drain", "crypto_shred"} <= IN_ORDER
