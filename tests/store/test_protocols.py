from gateway.store.protocols import Backlog, DeadLetters, Queue, Refusal, Withdrawals
from gateway.store.sqlite.engine import SqliteStore


def test_a_standing_refusal_covers_what_comes_later_and_a_lifted_one_does_not():
    assert [Refusal("ads", 100).covers(received) for received in (99, 100, 101)] == [True, True, True]
    assert [Refusal("ads", 100, standing=False).covers(received) for received in (99, 100, 101)] == [True, True, False]


def test_the_embedded_engine_has_every_method_of_every_protocol():
    wanted = {name for each in (Queue, Withdrawals, DeadLetters, Backlog) for name in vars(each) if name[0] != "_"}
    assert {name for name in wanted if not callable(getattr(SqliteStore, name, None))} == set()
    assert max(len([name for name in vars(each) if name[0] != "_"]) for each in (Queue, Withdrawals, DeadLetters)) <= 6
