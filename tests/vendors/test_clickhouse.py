"""A ClickHouse that misbehaves as the real one does loses nothing, doubles nothing and is not poisoned."""

import json
from urllib.parse import parse_qs, urlsplit

from tests.answering import Answering, deliver

POISON = "poison"


class ClickHouse(Answering):
    """The part of the HTTP interface that inserts: blocks remembered by their token, exceptions told by status, header
    and text."""

    def __init__(self, troubles=()):
        super().__init__(troubles)
        self.rows = []
        self.tokens = set()

    def answer(self, head, body):
        token = parameters(head.decode())["insert_deduplication_token"]
        rows = [json.loads(line) for line in body.decode().splitlines()]
        if any(row["event_name"] == POISON for row in rows):
            return exception(400, 27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED")
        if token not in self.tokens:
            self.tokens.add(token)
            self.rows += rows
        return 200, "", b""


def parameters(head):
    return {name: values[0] for name, values in parse_qs(urlsplit(head.split(" ")[1]).query).items()}


def exception(status, code, name):
    text = f"Code: {code}. DB::Exception: It went wrong. ({name}) (version 25.8.1.1)\n"
    return status, f"X-ClickHouse-Exception-Code: {code}\r\n", text.encode()


LATE = 200, "", b"Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)\n"
TROUBLES = [
    exception(500, 252, "TOO_MANY_PARTS"), exception(200, 159, "TIMEOUT_EXCEEDED"), LATE, (0, "", b""),
    exception(500, 999, "KEEPER_EXCEPTION"), (502, "", b"Bad Gateway"),
]  # fmt: skip


def inserted(directory, catalogue, server, names):
    return deliver(directory, catalogue.manifests["clickhouse"], server, names, table="web.events")


def test_every_trouble_passes_and_nothing_is_lost_or_doubled(tmp_path, catalogue):
    server = ClickHouse(TROUBLES)
    assert inserted(tmp_path, catalogue, server, ["purchase"] * 20)["delivered"] == 20
    assert sorted(row["event_id"] for row in server.rows) == sorted(f"id-{n}" for n in range(20))


def test_a_row_that_the_table_does_not_take_is_put_aside_alone(tmp_path, catalogue):
    server = ClickHouse()
    results = inserted(tmp_path, catalogue, server, ["purchase"] * 9 + [POISON])
    assert (results["delivered"], results["rejected"], len(server.rows)) == (9, 1, 9)


def test_an_insert_says_who_inserts_and_waits_until_the_rows_are_there(tmp_path, catalogue):
    server = ClickHouse()
    inserted(tmp_path, catalogue, server, ["purchase"])
    (head,) = server.asked
    given = parameters(head)
    assert {"X-ClickHouse-User: gateway", "X-ClickHouse-Key: P"} <= set(head.split("\r\n"))
    assert given["query"] == "INSERT INTO web.events FORMAT JSONEachRow"
    assert (given["async_insert"], given["wait_end_of_query"]) == ("0", "1")


def test_a_batch_that_came_through_without_an_answer_is_in_the_table_once(tmp_path, catalogue):
    server = ClickHouse()
    answer, cut = server.answer, [True]

    def lost(head, body):
        answered = answer(head, body)
        return (0, "", b"") if cut and cut.pop() else answered

    server.answer = lost
    assert inserted(tmp_path, catalogue, server, ["purchase"] * 5)["delivered"] == 5
    assert sorted(row["event_id"] for row in server.rows) == [f"id-{n}" for n in range(5)]
