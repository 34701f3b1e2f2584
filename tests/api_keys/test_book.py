"""The file of keys is read as it was written, and one line that cannot be read makes all of it count for nothing."""

from ipaddress import ip_network

import pytest

from gateway.api_keys.book import MOST_BYTES, USED, Book, BookError, Used, read, written
from gateway.api_keys.grant import Grant

ONE = Grant("AbCdEf123_-x", bytes(range(32)), frozenset({"metrics"}), (ip_network("10.1.0.0/16"),), 1_000, 2_000)
TWO = Grant("ZbCdEf123_-x", bytes(32), frozenset({"metrics", "policy:explain"}), (), 1_000, 2_000)
LINE = written([ONE]).decode()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "api-keys.jsonl"


def test_keys_are_read_as_they_were_written(path):
    path.write_bytes(written([ONE, TWO]))
    assert read(path) == (ONE, TWO)
    assert Book(path).grants() == (ONE, TWO)


def test_without_a_file_there_are_no_keys(path):
    assert Book(path).grants() == ()


def test_a_change_of_the_file_counts_at_once(path):
    book = Book(path)
    path.write_bytes(written([ONE, TWO]))
    assert book.grants() == (ONE, TWO)
    beside = path.with_name("new")
    beside.write_bytes(written([TWO]))
    beside.replace(path)
    assert book.grants() == (TWO,)
    path.unlink()
    assert book.grants() == ()


@pytest.mark.parametrize(
    "text",
    [
        "x", "[]", "{}", LINE + "x", LINE + LINE, LINE.replace('"metrics"', '"everything"'), LINE.replace('["metrics"]', "[]"),
        LINE.replace('"ends": 2000', '"ends": "never"'), LINE.replace('"ends": 2000', '"ends": null'),
        LINE.replace(', "ends": 2000', ""), LINE.replace("10.1.0.0/16", "10.1.0.1/16"), LINE.replace("000102", "0001"),
        LINE.replace('"made"', '"more": 1, "made"'), LINE.replace("AbCdEf123_-x", "short"), LINE + "\n" * MOST_BYTES,
        LINE.replace('"scopes": ["metrics"]', '"scopes": [["metrics"]]'), LINE.replace('"id": "AbCdEf123_-x"', '"id": 7'),
        LINE.replace('["10.1.0.0/16"]', '""'), LINE.replace('["10.1.0.0/16"]', "{}"),
    ],
)  # fmt: skip
def test_one_line_that_is_no_key_lets_nobody_in(path, text):
    path.write_text(text)
    book = Book(path)
    for _ in range(2):
        with pytest.raises(BookError):
            book.grants()


def test_what_cannot_be_read_lets_nobody_in(path):
    path.mkdir()
    with pytest.raises(BookError):
        Book(path).grants()


def test_the_day_of_the_last_use_is_kept(tmp_path):
    used = Used(tmp_path)
    assert used.days() == {}
    for day in ("2026-11-25", "2026-11-25", "2026-11-26"):
        used.note(ONE.id, day)
    used.note(TWO.id, "2026-11-24")
    file = tmp_path / USED
    assert Used(tmp_path).days() == {ONE.id: "2026-11-26", TWO.id: "2026-11-24"}
    assert (len(file.read_text().splitlines()), file.stat().st_mode & 0o777) == (3, 0o600)


def test_a_line_of_use_that_is_none_says_nothing(tmp_path):
    (tmp_path / USED).write_text('x\n[]\n{"id": "x", "day": "2026-11-26"}\n{"id": "AbCdEf123_-x", "day": "soon"}\n')
    assert Used(tmp_path).days() == {}


def test_a_day_that_cannot_be_kept_is_told(tmp_path):
    (tmp_path / USED).mkdir()
    with pytest.raises(IsADirectoryError):
        Used(tmp_path).note(ONE.id, "2026-11-26")
