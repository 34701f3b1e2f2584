import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.dsr_listener import Listener
from gateway.cli.dsr_shown import deadline, distance, line, page, task_line
from gateway.cli.ending import fail
from gateway.dsr.request import Appeal, Denial, Extension, State, Task, TaskState
from gateway.web.dsr.answers import told
from tests.blackbox.running import free_port
from tests.bootstrap.configuration import GATEWAY, write
from tests.web.opendsr.making import NOW, request

DAY = 86_400
ID = "01a21a00-2058-73b5-a2a0-f08aaaa8a54d"
OTHER = "01a21a00-2058-73b5-a2a0-f08aaaa8a54e"


def shown(**changed):
    return json.loads(told(request(id=ID, **changed)).model_dump_json())


def run(*words, given=""):
    return CliRunner().invoke(main, ["dsr", *map(str, words)], input=given)


@pytest.fixture
def listener(tmp_path):
    """A listener that keeps what it is asked and answers with `answer`, and a configuration that names it."""

    class Answers(BaseHTTPRequestHandler):
        asked, answer = [], (200, "application/json", b"{}")

        def _answer(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            self.asked.append((self.command, self.path, json.loads(body) if body else None))
            status, kind, text = self.answer
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _answer

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        Answers.config = write(
            tmp_path, GATEWAY.replace('admin: "127.0.0.1:0"', f'admin: "127.0.0.1:{server.server_port}"')
        )
        yield Answers
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (30 * DAY, "in 30 days"), (DAY, "in 1 day"), (DAY - 1, "in 23 hours"), (3_600, "in 1 hour"), (10, "in 0 hours"),
        (-10, "overdue by 0 hours"), (-3 * DAY, "overdue by 3 days"), (-DAY, "overdue by 1 day"),
    ],
)  # fmt: skip
def test_how_far_a_deadline_is_is_said_in_days_or_hours(seconds, said):
    assert distance("2026-11-23T10:20:00Z", NOW - seconds) == said


@pytest.mark.parametrize(
    ("named", "found", "code", "asked"),
    [
        ("K7M2", 1, 0, ["?reference=k7m2&limit=200", f"/{ID}"]), ("k7m2", 0, 1, ["?reference=k7m2&limit=200"]),
        ("k7m2", 2, 1, ["?reference=k7m2&limit=200"]), (ID.upper(), 1, 0, [f"/{ID}"]), ("../x", 1, 0, ["/..%2Fx"]),
    ],
)  # fmt: skip
def test_a_request_is_named_by_its_id_or_by_the_code_of_the_person(listener, named, found, code, asked):
    listener.asked.clear()
    answer = {**shown(), "items": [shown()] * found, "next_cursor": None}
    listener.answer = (200, "application/json", json.dumps(answer).encode())
    done = run("show", named, "--config", listener.config)
    paths = [path.removeprefix("/v1/dsr/requests") for _, path, _ in listener.asked]
    assert (done.exit_code, paths) == (code, asked), done.output


def test_a_package_that_cannot_be_fetched_leaves_no_file(listener, tmp_path, monkeypatch):
    listener.answer = (201, "application/json", b'{"url": "/v1/dsr/packages/t"}')
    monkeypatch.setattr(Listener, "fetch", lambda listener, path: fail("gone"))
    words = ["package", ID, "--output", tmp_path / "package.zip", "--config", listener.config]
    assert (run(*words).exit_code, (tmp_path / "package.zip").exists()) == (1, False)
    (tmp_path / "package.zip").write_bytes(b"before")
    assert (run(*words).exit_code, (tmp_path / "package.zip").read_bytes()) == (1, b"before")


def test_a_line_says_how_far_and_until_when():
    assert line(shown(), NOW) == "  ".join([ID, "k7m2", "erasure", "queued", "due 2026-12-23T10:20:00Z (in 30 days)"])
    ended = shown(state=State.DENIED, ended=NOW, denial=Denial("other", "words", "by", NOW))
    assert deadline(ended, NOW) == "ended 2026-11-23T10:20:00Z"


def test_an_appeal_that_is_open_stands_in_the_line_with_its_deadline():
    denied = {"state": State.DENIED, "ended": NOW, "denial": Denial("other", "words", "by", NOW)}
    appeals = (Appeal(OTHER, NOW, NOW + 1, "by", "rejected", "judge", NOW), Appeal(ID, NOW, NOW + DAY, "by"))
    assert deadline(shown(**denied, appeals=appeals), NOW) == "appeal due 2026-11-24T10:20:00Z (in 1 day)"
    assert deadline(shown(**denied, appeals=appeals[:1]), NOW) == "ended 2026-11-23T10:20:00Z"


def test_a_page_says_all_that_is_told():
    task = Task("destination:meta", "api_delete", TaskState.FAILED, 1, 0, NOW, "500", retry_at=NOW + 60)
    text = page(
        shown(tasks=(task,), extension=Extension("many", NOW, NOW), denial=Denial("other", "words", "by", NOW)), NOW
    )
    for words in (
        ID,
        "erasure, gdpr",
        "in 30 days",
        "other: words",
        "many",
        "destination:meta  failed",
        "again 20",
        "500",
    ):
        assert words in text


def test_a_target_stands_with_its_request_and_its_deadline():
    row = {
        "request": ID,
        "due_at": "2026-11-24T10:20:00Z",
        **shown(tasks=(Task("files", "manual", TaskState.MANUAL),))["tasks"][0],
    }
    assert task_line(row, NOW) == f"{ID}  files  manual  0 found, 0 gone  due 2026-11-24T10:20:00Z (in 1 day)"


def test_identities_are_read_from_standard_input_in_their_order(listener):
    listener.answer = (201, "application/json", json.dumps(shown()).encode())
    words = ["--type", "erasure", "--identity", "email:sha256", "--identity", "user_id", "--attest", "crm-1"]
    done = run("submit", *words, "--config", listener.config, given="a\nb\n")
    ((method, path, body),) = listener.asked
    assert (done.exit_code, method, path) == (0, "POST", "/v1/dsr/requests"), done.output
    assert body["subject_identities"] == [
        {"identity_type": "email", "identity_value": "a", "identity_format": "sha256"},
        {"identity_type": "user_id", "identity_value": "b", "identity_format": "raw"},
    ]
    assert body["verification"]["evidence_ref"] == "crm-1"
    assert "deadline" in done.output
    assert run("submit", *words, "--config", listener.config, given="a\n").exit_code == 2
    listener.asked.clear()


@pytest.mark.parametrize(
    ("words", "given", "path", "body"),
    [
        (["cancel", "7"], "", "/cancel", {}),
        (["deny", "7", "--reason", "other", "--text", "t"], "", "/deny", {"reason": "other", "text": "t"}),
        (["extend", "7", "--reason", "r"], "", "/extend", {"reason": "r"}),
        (["appeal", "7"], "", "/appeals", {}),
        (["retry", "7"], "", "/retry", {}),
        (["retry", "7", "--target", "t"], "", "/retry", {"target": "t"}),
        (["verify", "7", "--send"], "", "/verification", {"method": "email_otp"}),
        (["verify", "7"], "0123456789\n", "/verification", {"method": "email_otp", "code": "0123456789"}),
        (["verify", "7", "--attest", "c"], "", "/verification", {"method": "attested", "evidence_ref": "c"}),
        (["complete", "7", "destination:x", "--note", "n"], "", "/tasks/destination%3Ax/complete", {"note": "n", "state": "done"}),
    ],
)  # fmt: skip
def test_each_act_is_asked_of_the_gateway(listener, words, given, path, body):
    listener.asked.clear()
    listener.answer = (202, "application/json", json.dumps(shown()).encode())
    done = run(*words, "--config", listener.config, given=given)
    assert (done.exit_code, listener.asked) == (0, [("POST", f"/v1/dsr/requests/7{path}", body)]), done.output


@pytest.mark.parametrize(("word", "upheld"), [("--uphold", True), ("--reject", False)])
def test_the_appeal_that_is_open_is_the_one_that_is_decided(listener, word, upheld):
    listener.asked.clear()
    appeals = (Appeal(ID, NOW, NOW, "by", "rejected", "judge", NOW), Appeal(OTHER, NOW, NOW + DAY, "by"))
    listener.answer = (200, "application/json", json.dumps(shown(appeals=appeals)).encode())
    assert run("decide", ID, word, "--config", listener.config).exit_code == 0
    path = f"/v1/dsr/requests/{ID}"
    assert listener.asked == [
        ("GET", path, None), ("POST", f"{path}/appeals/{OTHER}/decision", {"upheld": upheld}),
    ]  # fmt: skip


def test_what_nobody_appealed_against_is_not_decided(listener):
    listener.asked.clear()
    listener.answer = (200, "application/json", json.dumps(shown()).encode())
    assert run("decide", ID, "--uphold", "--config", listener.config).exit_code == 1
    assert run("decide", ID, "--config", listener.config).exit_code == 2
    assert [method for method, _, _ in listener.asked] == ["GET"]


def test_a_page_says_until_when_an_appeal_is_to_be_decided_and_how_it_was():
    waiting = Appeal(ID, NOW, NOW + 45 * DAY, "by")
    assert "appeal        due 2027-01-07T10:20:00Z (in 45 days)" in page(shown(appeals=(waiting,)), NOW)
    decided = Appeal(ID, NOW, NOW, "by", "upheld", "judge", NOW)
    assert "appeal        upheld" in page(shown(appeals=(decided,)), NOW)


def test_all_pages_are_listed(listener):
    listener.asked.clear()
    pages = iter([{"items": [shown()], "next_cursor": "c"}, {"items": [shown()], "next_cursor": None}])
    listener.answer = property(lambda self: (200, "application/json", json.dumps(next(pages)).encode()))
    done = run("list", "--state", "queued", "--json", "--config", listener.config)
    assert [json.loads(each)["id"] for each in done.output.splitlines()] == [ID] * 2
    assert [path for _, path, _ in listener.asked] == [
        f"/v1/dsr/requests?state=queued&limit=200{more}" for more in ("", "&cursor=c")
    ]


def test_without_a_request_those_targets_are_listed_that_wait_for_a_person(listener):
    rows = (
        Task("a", "m", TaskState.MANUAL),
        Task("b", "m", TaskState.FAILED, retry_at=NOW),
        Task("c", "m", TaskState.DONE),
    )
    listener.answer = (
        200,
        "application/json",
        json.dumps({"items": [shown(tasks=rows)], "next_cursor": None}).encode(),
    )
    done = run("tasks", "--config", listener.config)
    assert [each.split()[1] for each in done.output.splitlines()] == ["a"]


def test_a_problem_is_told_by_its_title_and_its_places(listener):
    told_ = {"type": "urn:x:invalid-state", "title": "No", "status": 409, "errors": [{"pointer": "/x", "code": "y"}]}
    listener.answer = (409, "application/problem+json", json.dumps(told_).encode())
    done = run("cancel", "7", "--config", listener.config)
    assert (done.exit_code, done.stderr) == (1, "No [invalid-state]\n    /x: y\n")
    listener.answer = (401, "application/problem+json", b"{}")
    assert "data_dir" in run("cancel", "7", "--config", listener.config).stderr


def test_a_file_that_is_there_is_not_written_over(listener, tmp_path):
    listener.answer = (201, "application/json", b'{"url": "/v1/dsr/packages/x"}')
    (tmp_path / "there.zip").write_text("mine")
    done = run("package", "7", "--output", tmp_path / "there.zip", "--config", listener.config)
    assert (done.exit_code, (tmp_path / "there.zip").read_text()) == (1, "mine")


def test_without_a_gateway_there_is_nobody_to_ask(tmp_path):
    config = write(tmp_path, GATEWAY.replace('admin: "127.0.0.1:0"', f'admin: "127.0.0.1:{free_port()}"'))
    done = run("list", "--config", config)
    assert (done.exit_code, "does not answer" in done.stderr) == (1, True)
