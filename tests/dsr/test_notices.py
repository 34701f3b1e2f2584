import asyncio
import json
from collections import Counter
from dataclasses import replace

import pytest

from gateway.dsr.notices import BOOK, SHARES, Notices, Told, Ways, share_of, untold
from gateway.dsr.request import Appeal, Moment, Outcome, Request, State, Type
from tests.dsr.answering import NOW, at_home

DAY = 86_400
OWN, THEIRS = "https://own.example/", "https://ctl.example/"


def request(number=1, **other):
    history = (Moment("received", NOW), Moment("queued", NOW))
    made = Request(
        f"0193-{number}", "a755", Type.ERASURE, "gdpr", NOW, NOW + 10 * DAY, "d", reference="k7m2", history=history
    )
    return replace(made, **{"state": State.QUEUED, **other})


ENDED = {
    "state": State.COMPLETED,
    "outcome": Outcome.NO_MATCH,
    "ended": NOW,
    "history": (*request().history, Moment("completed", NOW)),
}


class Post:
    """Takes messages while it is not `down`; `sent` are address, id, kind and what became of it."""

    def __init__(self):
        self.down, self.sent, self.counts = set(), [], Counter()

    async def __call__(self, url, id, body):
        self.sent.append((url, id, json.loads(body)["type"]))
        await asyncio.sleep(0)
        return url not in self.down


def watched(tmp_path, use):
    """Run `use(house, notices, post)`; `notices()` are those of another process each time."""

    async def run(house):
        post = Post()

        def notices(own=OWN):
            return Notices(
                house.books, house.store, Ways(own, post, lambda word: post.counts.update([word]), house.clock)
            )

        return await use(house, notices, post)

    return at_home(tmp_path, run)


def test_each_change_is_told_once_to_each_who_wants_to_know(tmp_path):
    async def use(house, notices, post):
        await house.books.add(request(callbacks=(THEIRS,)))
        await notices().sweep()
        await notices().sweep()
        return post.sent

    sent = watched(tmp_path, use)
    told = [(url, f"0193-1.{number}", "dsr.request.changed") for url in (OWN, THEIRS) for number in (0, 1)]
    assert sent == told


def test_two_processes_that_look_at_once_tell_it_once(tmp_path):
    async def use(house, notices, post):
        await house.books.add(request())
        await asyncio.gather(*(notices().sweep() for _ in range(4)))
        return sorted(id for _, id, _ in post.sent)

    assert watched(tmp_path, use) == ["0193-1.0", "0193-1.1"]


def test_what_nobody_took_comes_again_later_with_the_same_id_and_keeps_nobody_else_waiting(tmp_path):
    async def use(house, notices, post):
        await house.books.add(request(callbacks=(THEIRS,)))
        post.down = {OWN}
        await notices().sweep()
        await notices().sweep()
        assert [url for url, *_ in post.sent] == [OWN, THEIRS, THEIRS]
        post.down, house.clock.ahead = set(), 31
        await notices().sweep()
        return post.sent[3:], post.counts

    sent, counts = watched(tmp_path, use)
    assert [(url, id) for url, id, _ in sent] == [(OWN, "0193-1.0"), (OWN, "0193-1.1")]
    assert counts == {"put_off": 1, "delivered": 4}


def test_after_ten_tries_a_message_is_given_up_and_the_next_one_follows(tmp_path):
    async def use(house, notices, post):
        await house.books.add(request())
        post.down = {OWN}
        for _ in range(11):
            await notices().sweep()
            house.clock.ahead += 6 * 3_600
        return [id for _, id, _ in post.sent], post.counts

    sent, counts = watched(tmp_path, use)
    assert sent[:10] == ["0193-1.0"] * 10
    assert "0193-1.1" in sent[10:]
    assert counts["given_up"] == 1


def test_a_process_that_died_while_it_told_leaves_it_to_another_after_a_minute(tmp_path):
    async def use(house, notices, post):
        await house.books.add(request())
        await house.store.add(BOOK, "0193-1/0", json.dumps({"changes": 0, "share": 0, "tries": 0, "at": NOW + 60}))
        await notices().sweep()
        before, house.clock.ahead = list(post.sent), 60
        await notices().sweep()
        return before, len(post.sent)

    assert watched(tmp_path, use) == ([], 2)


def test_the_operator_is_told_when_half_of_the_time_is_over_and_nobody_else(tmp_path):
    async def use(house, notices, post):
        await house.books.add(request(callbacks=(THEIRS,)))
        for day in range(12):
            house.clock.ahead = day * DAY
            await notices().sweep()
        return [(url, id) for url, id, kind in post.sent if kind == "dsr.request.due"]

    assert watched(tmp_path, use) == [(OWN, f"0193-1.due-{share}") for share in SHARES]


def test_open_requests_are_counted_with_what_is_overdue(tmp_path):
    async def use(house, notices, post):
        looking = notices("")
        for number, other in enumerate([{}, {"due": NOW + DAY}, ENDED, {"state": State.NEEDS_ATTENTION}]):
            await house.books.add(request(number, **other))
        await looking.sweep()
        first = looking.standing
        house.clock.ahead = 2 * DAY
        await looking.sweep()
        return first, looking.standing, post.sent

    first, later, sent = watched(tmp_path, use)
    assert (first.open, first.overdue, first.due) == ({"queued": 2, "needs_attention": 1}, 0, NOW + DAY)
    assert (later.overdue, sent) == (1, [])


def test_an_appeal_is_counted_until_it_is_decided_and_never_as_a_request(tmp_path):
    async def use(house, notices, post):
        looking = notices("")
        appeal = Appeal("1", NOW, NOW + DAY, "person")
        denied = request(1, state=State.DENIED, ended=NOW, appeals=(appeal,))
        await house.books.add(denied)
        await house.books.add(request(2, **ENDED))
        seen = []
        for house.clock.ahead in (0, 2 * DAY):
            await looking.sweep()
            await looking.sweep()
            seen.append(looking.standing)
        await house.books.change(denied.id, lambda each: replace(each, appeals=(replace(appeal, decision="rejected"),)))
        await looking.sweep()
        return seen, looking.standing

    (first, later), decided = watched(tmp_path, use)
    assert [(sum(each.open.values()), each.overdue, each.due) for each in (first, later, decided)] == [
        (0, 0, NOW + DAY), (0, 1, NOW + DAY), (0, 0, 0),
    ]  # fmt: skip


def test_what_ended_is_not_read_again_because_an_older_request_is_open(tmp_path):
    """Nor is one missed that is written late, although its id is an earlier one."""

    async def use(house, notices, post):
        looking, read = notices(), []
        sheet, all_ = house.store.sheet, house.books.all
        house.clock.ahead = 700

        async def reading(book, key):
            read.append((book, key.partition("/")[0]))
            return await sheet(book, key)

        async def listing(after=""):
            async for each in all_(after):
                read.append(("listed", each.id))
                yield each

        await house.books.add(request(0))
        for number in range(1, 4):
            await house.books.add(request(number, **ENDED))
        await house.books.add(request(6, received=NOW + 690))
        await looking.sweep()
        house.store.sheet, house.books.all = reading, listing
        await house.books.add(request(5, received=NOW + 680))
        await looking.sweep()
        return {id for _, id in read}, [id for _, id, _ in post.sent]

    read, sent = watched(tmp_path, use)
    assert read == {"0193-0", "0193-5", "0193-6"}
    assert {"0193-5.0", "0193-5.1"} <= set(sent)


def test_a_denial_that_is_undone_is_told_at_once(tmp_path):
    async def use(house, notices, post):
        looking = notices()
        history = (*request().history, Moment("denied", NOW))
        denied = request(1, state=State.DENIED, ended=NOW, history=history)
        await house.books.add(denied)
        house.clock.ahead = 700
        for _ in range(2):
            await looking.sweep()
        await house.books.change(denied.id, lambda each: each.to(State.QUEUED, NOW + 700))
        await looking.sweep()
        return [id for _, id, _ in post.sent]

    assert watched(tmp_path, use)[-1] == "0193-1.3"


def test_what_was_told_is_forgotten_with_its_request(tmp_path):
    async def use(house, notices, post):
        kept = request(**ENDED)
        await house.books.add(kept)
        await notices().sweep()
        assert len(await house.store.sheets(BOOK, "", 9)) == 1
        await house.books.forget(kept)
        await notices().sweep()
        return await house.store.sheets(BOOK, "", 9)

    assert watched(tmp_path, use) == []


@pytest.mark.parametrize(
    ("days", "share"), [(0, 0), (4.9, 0), (5, 50), (7.9, 50), (8, 80), (9.9, 80), (10, 100), (99, 100)]
)
def test_a_share_of_the_time_is_over(days, share):
    assert share_of(request(), int(NOW + days * DAY)) == share
    assert share_of(request(**ENDED), int(NOW + days * DAY)) == 0


def test_no_message_names_a_person():
    made = request(kinds=("email",), **ENDED)
    for notice, _ in [*untold(made, Told(), NOW, own=True), *untold(request(), Told(), NOW + 9 * DAY, own=True)]:
        data = json.loads(notice.body)["data"]
        assert data.keys() <= {"id", "subject_request_id", "type", "reference", "due", "state", "outcome", "share"}


def test_the_outcome_is_told_with_the_last_change_alone():
    told = [json.loads(notice.body)["data"] for notice, _ in untold(request(**ENDED), Told(), NOW, own=True)]
    assert [each["outcome"] for each in told] == [None, None, "no_match"]
