import os

from gateway.bootstrap.source import Glimpse, Source
from gateway.bootstrap.trial import Texts
from gateway.marked_yaml import MAX_BYTES


def test_what_stands_there_is_seen_and_a_change_of_the_same_length_at_the_same_time_too(tmp_path):
    path = tmp_path / "policy.yaml"
    source = Source(path)
    assert source.look() == Glimpse(None)
    path.write_text("one")
    times = path.stat()
    assert source.look() == Glimpse("one")
    path.write_text("two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert source.look() == Glimpse("two")


def test_a_pack_is_looked_at_once_it_is_known_to_belong_to_the_policy(tmp_path):
    path, pack = tmp_path / "policy.yaml", tmp_path / "mine.yaml"
    path.write_text("policy")
    pack.write_text("pack")
    source = Source(path)
    assert source.look() == Glimpse("policy")
    known = source.knows(Texts(str(path), "policy", "mine.yaml", str(pack), "pack"))
    assert source.look() == known == Glimpse("policy", "pack")
    pack.write_text("other")
    assert source.look() == Glimpse("policy", "other")
    pack.unlink()
    assert source.look() == Glimpse("policy")


def test_the_text_in_force_is_seen_with_its_pack_again_after_one_that_named_none(tmp_path):
    path, pack = tmp_path / "policy.yaml", tmp_path / "mine.yaml"
    path.write_text("policy")
    pack.write_text("pack")
    source = Source(path)
    held = source.holds(Texts(str(path), "policy", "mine.yaml", str(pack), "pack"))
    path.write_text("[")
    assert source.look() == source.knows(Texts(str(path), "[")) == Glimpse("[")
    path.write_text("policy")
    assert source.look() == held == Glimpse("policy", "pack")
    pack.write_text("other")
    assert source.look() == Glimpse("policy", "other")


def test_what_is_no_file_or_no_text_is_not_there(tmp_path):
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("directory", "pipe", "bytes", "loop", "nothing"):
        assert Source(tmp_path / name).look() == Glimpse(None), name


def test_no_more_is_read_than_anybody_would_take(tmp_path):
    path = tmp_path / "policy.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 32)
    seen = Source(path).look().policy
    assert seen is not None and len(seen) == MAX_BYTES + 1


def test_a_file_with_the_line_ends_of_windows_is_seen_as_it_is_read_elsewhere(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"a: 1\r\nb: 2\r\n")
    assert Source(path).look().policy == path.read_text("utf-8")


def test_links_are_followed_to_where_they_lead_now(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "policy.yaml").write_text(name)
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "policy.yaml").symlink_to("..data/policy.yaml")
    source = Source(tmp_path / "policy.yaml")
    assert source.look() == Glimpse("one")
    (tmp_path / "..next").symlink_to("two")
    (tmp_path / "..next").replace(tmp_path / "..data")
    assert source.look() == Glimpse("two")
