import asyncio

from gateway.store.redis.memory import FILE, UNREADABLE, Known, Memory


def read(directory):
    memory = Memory(directory)
    memory.read()
    return memory.known


def test_what_one_process_learns_the_next_one_knows(tmp_path):
    directory = tmp_path / "not yet" / "there"
    assert read(directory) is None
    asyncio.run(Memory(directory).learn(Known("a-1000", 1_234.5)))
    assert read(directory) == Known("a-1000", 1_234.5)


def test_what_cannot_be_read_is_nothing_that_anybody_may_rely_on(tmp_path):
    for text in ("", "{}", "[1]", '["a", "soon"]', "null"):
        (tmp_path / FILE).write_text(text)
        assert read(tmp_path) == UNREADABLE
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    assert read(tmp_path) == UNREADABLE


def test_without_a_directory_it_ends_with_the_process():
    memory = Memory(None)
    memory.read()
    asyncio.run(memory.learn(Known("a-1", 1.0)))
    assert memory.known == Known("a-1", 1.0) and read(None) is None
