"""Who received what is known while the request is under way, sealed, once a day, and gone with the person."""

from dataclasses import replace

from gateway.dsr.recipients import Receipt
from gateway.errors import StoreUnavailable
from tests.dsr.answering import NOW, SUBJECTS, U1, at_home, event

DAY = NOW // 86_400
OTHER = SUBJECTS.of("user", "u-2")


def test_each_destination_is_known_with_its_days_fields_and_ids(tmp_path):
    async def use(house):
        await house.recipients.received("crm", [event(1), event(2, OTHER)])
        house.clock.ahead = 86_400
        later = {"id.user": "u-1", "id.fbp": "fb.1", "order.value": "9"}
        await house.recipients.received("crm", [event(3, fields=later, levels={"id.user": "raw", "id.fbp": "raw"})])
        await house.recipients.received("meta", [event(4)])
        sheets = await house.store.sheets("recipients", "", 9)
        return await house.recipients.of([U1]), sheets

    found, sheets = at_home(tmp_path, use)
    assert found == [
        Receipt(
            "crm", DAY, DAY + 1, ("id.fbp", "id.user", "order.value", "page.url"),
            {"id.user": ("u-1",), "id.fbp": ("fb.1",)},
        ),
        Receipt("meta", DAY + 1, DAY + 1, ("id.user", "page.url"), {"id.user": ("u-1",)}),
    ]  # fmt: skip
    assert len(sheets) == 3
    assert not any("u-1" in sheet.body or "page.url" in sheet.body for sheet in sheets)


def test_a_hash_of_the_day_is_no_id_to_be_found_by(tmp_path):
    async def use(house):
        fields, levels = {"id.visitor": "abc", "id.user": "u-1"}, {"id.visitor": "daily_hash", "id.user": "keyed_hash"}
        await house.recipients.received("crm", [event(1, fields=fields, levels=levels)])
        return (await house.recipients.of([U1]))[0].ids

    assert at_home(tmp_path, use) == {"id.user": ("u-1",)}


def test_of_nobody_nothing_is_written(tmp_path):
    async def use(house):
        await house.recipients.received("crm", [event(1, "")])
        return await house.store.sheets("recipients", "", 9)

    assert at_home(tmp_path, use) == []


def test_it_is_written_once_a_day_and_once_more_for_a_new_id(tmp_path):
    async def use(house):
        seen = []
        for value, ahead in (("a", 0), ("a", 60), ("b", 120), ("a", 180), ("a", 86_400)):
            house.clock.ahead = ahead
            await house.recipients.received("crm", [event(1, fields={"id.fbp": value}, levels={"id.fbp": "raw"})])
            seen += [sheet.revision for sheet in await house.store.sheets("recipients", "", 9)]
        return seen, (await house.recipients.of([U1]))[0].ids

    assert at_home(tmp_path, use) == ([1, 1, 2, 2, 3], {"id.fbp": ("a", "b")})


def test_what_the_store_does_not_take_is_owed_and_written_with_what_comes_next(tmp_path):
    async def use(house):
        store = house.store

        class Away:
            def __getattr__(self, name):
                raise StoreUnavailable("away")

        house.recipients._shelf = Away()
        await house.recipients.received("crm", [event(1)])
        house.recipients._shelf = store
        none = await store.sheets("recipients", "", 9)
        await house.recipients.received("meta", [event(2)])
        return none, [each.destination for each in await house.recipients.of([U1])]

    assert at_home(tmp_path, use) == ([], ["crm", "meta"])


def test_what_is_forgotten_is_gone_and_is_written_anew_when_it_comes_again(tmp_path):
    async def use(house):
        await house.recipients.received("crm", [event(1), event(2, OTHER)])
        gone = await house.recipients.forget([U1])
        left = await house.recipients.of([U1]), len(await house.recipients.of([OTHER]))
        await house.recipients.received("crm", [event(3)])
        return gone, left, len(await house.recipients.of([U1]))

    assert at_home(tmp_path, use) == (1, ([], 1), 1)


def test_what_is_owed_of_who_was_erased_elsewhere_is_not_written_any_more(tmp_path):
    async def use(house):
        store = house.store

        class Away:
            def __getattr__(self, name):
                raise StoreUnavailable("away")

        house.recipients._shelf = Away()
        await house.recipients.received("crm", [event(1), event(2, OTHER)])
        house.recipients._shelf = store
        house.recipients.drop([U1])
        settled = await house.recipients.settle()
        return settled, [sheet.key.split("/")[0] for sheet in await store.sheets("recipients", "", 9)]

    assert at_home(tmp_path, use) == (True, [OTHER])


def test_who_came_back_after_an_erasure_elsewhere_is_written_down_on_the_same_day(tmp_path):
    async def use(house):
        here, there = house.recipients, type(house.recipients)(house.store, house.clock)
        await there.received("crm", [event(1)])
        await here.forget([U1])
        there.drop([U1])
        await there.received("crm", [event(2)])
        return [each.destination for each in await here.of([U1])]

    assert at_home(tmp_path, use) == ["crm"]


def test_another_process_adds_to_what_is_there(tmp_path):
    async def use(house):
        other = type(house.recipients)(house.store, house.clock)
        for each, value in ((house.recipients, "a"), (other, "b")):
            await each.received("crm", [replace(event(1), fields={"id.fbp": value}, levels={"id.fbp": "raw"})])
        return (await house.recipients.of([U1]))[0].ids

    assert at_home(tmp_path, use) == {"id.fbp": ("a", "b")}


def test_what_is_too_old_or_can_be_opened_by_nobody_goes(tmp_path):
    async def use(house):
        await house.recipients.received("old", [event(1)])
        await house.recipients.received("crm", [event(2, OTHER)])
        house.clock.ahead = 2 * 86_400
        await house.recipients.received("new", [event(3)])
        await house.store.erase([OTHER], NOW)
        gone = await house.recipients.expire(NOW + 86_400)
        return gone, [sheet.key for sheet in await house.store.sheets("recipients", "", 9)]

    assert at_home(tmp_path, use) == (2, [f"{U1}/new"])
