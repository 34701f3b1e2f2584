"""A leaf names a subject to whoever has its salt, and to nobody once the subject is erased."""

import os

from gateway.audit.commitment import opens
from gateway.dsr.salts import BOOK, Salts
from tests.store.making import with_store

AT = 1_795_429_200


def test_a_subject_keeps_its_salt_until_it_is_erased(tmp_path):
    async def use(store):
        salts, another = Salts(store, os.urandom), Salts(store, os.urandom)
        (first,), (again,) = await salts.commitments(["a"], AT), await another.commitments(["a"], AT)
        salt = await salts.salt("a", AT)
        sealed = (await store.sheet(BOOK, "a")).body
        await store.erase(["a"], AT)
        lost = await store.unseal(sealed)
        (later,) = await salts.commitments(["a"], AT)
        await salts.destroy(["a"])
        return first, again, salt, sealed, lost, later, await store.sheet(BOOK, "a")

    first, again, salt, sealed, lost, later, sheet = with_store(tmp_path, use)
    assert first == again and opens(first, salt, "a") and not opens(first, salt, "b")
    assert salt.hex() not in sealed
    assert (lost, sheet) == (None, None)
    assert later != first


def test_commitments_stand_in_no_order_that_tells_anything(tmp_path):
    async def use(store):
        salts = Salts(store, os.urandom)
        return await salts.commitments(["a", "b", "c"], AT), await salts.commitments(["c", "b", "a"], AT)

    one, other = with_store(tmp_path, use)
    assert one == other == sorted(one)


def test_a_salt_that_nobody_can_open_goes(tmp_path):
    async def use(store):
        salts = Salts(store, os.urandom)
        await salts.commitments(["a", "b"], AT)
        await store.erase(["a"], AT)
        return await salts.expire(), [sheet.key for sheet in await store.sheets(BOOK, "", 9)]

    assert with_store(tmp_path, use) == (1, ["b"])
