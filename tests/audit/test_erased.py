"""When a subject is erased its leaves stay and verify, and nobody can tell any more that they were about it."""

import asyncio
import os
from contextlib import closing

import pytest

from gateway.audit.commitment import opens
from gateway.audit.leaf import leaf
from gateway.audit.note import verifier_key
from gateway.audit.sqlite import FILE, SqliteLog, read
from gateway.audit.verify import verify
from gateway.dsr.salts import BOOK, Salts
from gateway.store.sqlite.engine import SqliteStore
from tests.store.making import WRAPPING

SEED, NAME, NOW = bytes(range(32)), "shop.example/log/0a1b2c3d", 1_795_429_200
ERASED, OTHER = "a" * 32, "b" * 32


def bytes_of(directory):
    return {path.name: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("struck", [False, True], ids=["key destroyed", "salt struck too"])
def test_the_log_of_an_erased_subject_verifies_and_its_commitment_is_nobodys(tmp_path, struck):
    (tmp_path / "log").mkdir()

    async def run():
        store = SqliteStore(tmp_path / "data", WRAPPING)
        await store.open()
        salts = Salts(store, os.urandom)
        told = {subject: (await salts.commitments([subject], NOW))[0] for subject in (ERASED, OTHER)}
        before = await salts.salt(ERASED, NOW)
        with closing(SqliteLog(tmp_path / "log", [SEED], lambda: NAME)) as log:
            for commitment in told.values():
                log.append(leaf("dsr.previewed", NOW, subjects=[commitment], by="local-------"))
        assert opens(told[ERASED], before, ERASED)
        sealed = (await store.sheet(BOOK, ERASED)).body
        await store.erase([ERASED], NOW)
        if struck:
            await salts.destroy([ERASED])
        await store.compact()
        assert await store.unseal(sealed) is None
        after = {subject: (await salts.commitments([subject], NOW))[0] for subject in told}
        assert (after[OTHER], after[ERASED] == told[ERASED]) == (told[OTHER], False)
        await store.close()
        return told, before, sealed

    told, salt, sealed = asyncio.run(run())
    kept = read(tmp_path / "log" / FILE)
    assert [row.leaf.decode().count(each) for row, each in zip(kept.rows, told.values(), strict=True)] == [1, 1]
    with closing(SqliteLog(tmp_path / "log", [SEED], lambda: NAME)) as log:
        log.checkpoint()
    assert verify(read(tmp_path / "log" / FILE), [verifier_key(NAME, SEED)]) == ((), (), 2, 2)
    for name, raw in bytes_of(tmp_path).items():
        assert salt not in raw and salt.hex().encode() not in raw, name
        assert not (struck and sealed.encode() in raw), name
