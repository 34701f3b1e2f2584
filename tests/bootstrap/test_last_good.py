import itertools
import json
import os
import random
import signal
import stat
import time

import pytest

from gateway.bootstrap.last_good import NAME, Kept, LastGood
from gateway.bootstrap.trial import Texts

OLD = Kept(Texts("policy.yaml", "old", "packs/p.yaml", "/packs/p.yaml", "of old"), "1")
NEW = Kept(Texts("policy.yaml", "new" * 100_000, "packs/p.yaml", "/packs/p.yaml", "of new"), "1")


def test_what_is_kept_is_read_again(tmp_path):
    place = LastGood(tmp_path)
    assert place.read() is None
    place.keep(OLD)
    place.keep(NEW)
    assert LastGood(tmp_path).read() == NEW


def test_only_the_user_may_read_it(tmp_path):
    LastGood(tmp_path).keep(OLD)
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"old"', '"laxer"'),
        lambda text: text.replace('"of old"', '"of another"'),
        lambda text: json.dumps(json.loads(text) | {"digest": "0" * 64}),
        lambda text: json.dumps(json.loads(text) | {"texts": {}}),
        lambda text: json.dumps(json.loads(text) | {"texts": dict.fromkeys(Texts._fields, 1)}),
        lambda text: "[]",
        lambda text: "null",
        lambda text: "",
    ],
)
def test_what_is_not_as_it_was_written_is_nothing(tmp_path, damage):
    place = LastGood(tmp_path)
    place.keep(OLD)
    (tmp_path / NAME).write_text(damage((tmp_path / NAME).read_text()))
    assert place.read() is None


def test_a_directory_that_takes_nothing_keeps_the_one_before(tmp_path):
    place = LastGood(tmp_path)
    place.keep(OLD)
    (tmp_path / NAME).with_suffix(".new").mkdir()
    with pytest.raises(OSError):
        place.keep(NEW)
    assert place.read() == OLD


def keep_both_forever(place: LastGood) -> None:
    for kept in itertools.cycle((NEW, OLD)):
        place.keep(kept)


def test_whoever_is_killed_while_keeping_leaves_the_old_or_the_new_one(tmp_path):
    place, seen = LastGood(tmp_path), set()
    place.keep(OLD)
    until, kills = time.monotonic() + 60, 0
    while kills < 40 or seen != {OLD, NEW}:
        assert time.monotonic() < until, seen
        child = os.fork()
        if child == 0:
            keep_both_forever(place)
        time.sleep(random.uniform(0.001, 0.05 + kills / 1_000))  # a slow disk takes longer than the first of them live
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen.add(place.read())
        kills += 1
    assert seen == {OLD, NEW}
    place.keep(OLD)  # what the killed ones left behind is in nobody's way
    assert place.read() == OLD
