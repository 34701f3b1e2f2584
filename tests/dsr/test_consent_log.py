"""Records of consent are found by their subject, by nobody else, and end with it."""

import json

import pytest

from gateway.consent.receipt import Choice, ConsentRecord
from gateway.dsr.consent_log import BOOK, ConsentLog
from gateway.dsr.consent_record import Act, Around, Offer
from gateway.dsr.salts import Salts
from gateway.keys import Subjects
from gateway.policy.model import Purpose
from tests.store.making import with_store

SUBJECTS = Subjects(b"s" * 32)
OFFER = Offer("f" * 16, {"ads": Purpose("ads", "Measuring ads", "advertising", terms="T1")}, {})
GIVEN, UNTIL = 1_790_000_000, 1_800_000_000


class Numbers:
    """Ids in a row."""

    def __init__(self):
        self.last = 0

    def __call__(self):
        self.last += 1
        return f"id-{self.last:04d}"


def random(number):
    random.last += 1
    return bytes([random.last % 256]) * number


random.last = 0


@pytest.fixture
def kept(tmp_path):
    """Does something with a log over a real store."""
    ids = Numbers()

    def use(work):
        async def run(store):
            return await work(ConsentLog(store, SUBJECTS, Salts(store, random).salt, ids), store)

        return with_store(tmp_path, run)

    return use


def chose(record="r-1", later=0, age=0, **answers):
    choices = tuple(Choice(name, yes, "T1") for name, yes in answers.items())
    return ConsentRecord(record, GIVEN + later, UNTIL, choices, age=age)


def act(chosen, before=None):
    return Act(chosen, before, Around("shop", "shop.example"), OFFER)


def states(records):
    return [record["event"]["event_state"] for record in records]


def test_the_records_of_a_subject_are_found_in_their_order_each_with_the_one_before(kept):
    async def work(log, store):
        yes, more, no = chose(ads=True), chose(later=10, ads=True), chose(later=20, ads=False)
        await log.write(act(yes), UNTIL)
        await log.write(act(more, yes), UNTIL)
        await log.write(act(no, more), UNTIL + 1)
        return await log.of(SUBJECTS.digest("r-1")), await log.of(SUBJECTS.digest("r-2"))

    records, others = kept(work)
    assert states(records) == ["given", "renewed", "withdrawn"]
    assert records[0]["previous_record_id"] is None
    assert records[2]["previous_record_id"] in {records[0]["record_id"], records[1]["record_id"]}
    assert others == []


def test_a_record_is_found_by_its_id_under_its_own_subject_alone(kept):
    async def work(log, store):
        await log.write(act(chose(ads=True)), UNTIL)
        (record,) = await log.of(SUBJECTS.digest("r-1"))
        mine = await log.one(SUBJECTS.digest("r-1"), record["record_id"])
        return record, mine, await log.one(SUBJECTS.digest("r-2"), record["record_id"]), await log.one("", "x")

    record, mine, others, none = kept(work)
    assert mine == record
    assert (others, none) == (None, None)


def test_what_ends_under_one_id_and_begins_under_another_is_told_of_both(kept):
    async def work(log, store):
        yes = chose(ads=True)
        await log.write(act(yes), UNTIL)
        await log.write(act(chose("r-2", later=5, ads=False), yes), UNTIL)
        return await log.of(SUBJECTS.digest("r-1")), await log.of(SUBJECTS.digest("r-2"))

    old, new = kept(work)
    assert (states(old), states(new)) == (["given", "withdrawn"], ["refused"])
    assert new[0]["previous_record_id"] is None
    assert new[0]["pii_principal_id"]["commitment"] != old[0]["pii_principal_id"]["commitment"]


def test_in_the_ledger_nothing_of_a_record_is_to_be_read(kept):
    async def work(log, store):
        await log.write(act(chose(ads=True)), UNTIL)
        return await store.sheets(BOOK, "", 10)

    (sheet,) = kept(work)
    for word in ("ads", "shop.example", "given", "r-1", "commitment"):
        assert word not in sheet.key + sheet.body


def test_erasing_a_subject_leaves_nothing_to_open_and_forgetting_no_sheet(kept):
    async def work(log, store):
        await log.write(act(chose(ads=True)), UNTIL)
        await log.write(act(chose("r-2", ads=True)), UNTIL)
        await store.erase([SUBJECTS.digest("r-1")], GIVEN)
        erased = await log.of(SUBJECTS.digest("r-1"))
        forgotten = await log.forget([SUBJECTS.digest("r-1")])
        return erased, forgotten, await store.sheets(BOOK, "", 10), await log.of(SUBJECTS.digest("r-2"))

    erased, forgotten, sheets, others = kept(work)
    assert (erased, forgotten, len(sheets), len(others)) == ([], 1, 1, 1)


def test_what_is_over_is_struck(kept):
    async def work(log, store):
        await log.write(act(chose(ads=True)), UNTIL)
        await log.write(act(chose("r-2", ads=True)), UNTIL + 1)
        return await log.expire(UNTIL - 1), await log.expire(UNTIL), await store.sheets(BOOK, "", 10)

    early, late, left = kept(work)
    assert (early, late, len(left)) == (0, 1, 1)


def test_all_records_are_browsed_page_by_page(kept):
    async def work(log, store):
        for number in range(7):
            await log.write(act(chose(f"r-{number}", ads=True)), UNTIL)
        found, after, pages = [], "", 0
        while pages == 0 or after:
            records, after = await log.browse(after, 3)
            found += records
            pages += 1
        return found, pages

    found, pages = kept(work)
    assert (len({json.dumps(record) for record in found}), pages) == (7, 3)
