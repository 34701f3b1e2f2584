"""The doctor beside a gateway that runs, and its words on the command line."""

import json

from click.testing import CliRunner

from gateway.cli import main
from gateway.doctor.result import CHECKS, Verdict
from tests.blackbox.destination import Behaviour, Destination
from tests.blackbox.running import COUNTRY_HEADER, Gateway
from tests.bootstrap.configuration import GATEWAY, write, write_for_a_worker


def run(*words):
    return CliRunner().invoke(main, ["doctor", *map(str, words)])


def rows(*words):
    done = run("--json", *words)
    return done.exit_code, [json.loads(line) for line in done.output.splitlines()]


def test_files_that_cannot_be_used_are_told_with_their_place(tmp_path):
    config = write(tmp_path, GATEWAY.replace("  meta:\n", "  meta:\n    sauces: [x]\n"))
    code, (first, *_) = rows("--config", config)
    assert (code, first["check"], first["verdict"]) == (1, "files", "wrong")
    assert first["about"].startswith(f"{config}:14:") and first["do"]


def test_checks_can_be_chosen_and_nothing_is_said_of_others(tmp_path):
    config = write(tmp_path)
    code, found = rows("--config", config, "--only", "secrets", "--only", "store")
    assert code == 0 and {row["check"] for row in found} == {"secrets", "store"}
    assert not (tmp_path / "data").exists()
    assert run("--only", "nonsense").exit_code == 2


def test_every_trouble_has_something_to_do(tmp_path):
    config = write(tmp_path, policy="policy: 1\nname: nothing\n")
    code, found = rows("--config", config, "--skip", "egress", "--skip", "tls")
    assert code == 1
    assert [row for row in found if (row["verdict"] == Verdict.FINE) == bool(row["do"])] == []
    assert {row["check"] for row in found if row["verdict"] == Verdict.UNKNOWN} == {"clock", "running"}


def test_what_a_role_has_no_need_of_is_not_looked_at(tmp_path):
    config = write_for_a_worker(tmp_path)
    _, found = rows("--config", config, "--role", "worker", "--skip", "egress", "--skip", "clock")
    assert "wrong" not in {row["verdict"] for row in found}
    assert {row["check"] for row in found}.isdisjoint({"tls", "proxies", "edge"})


def test_a_deployment_is_looked_at_while_it_runs(tmp_path):
    """Hits through the edge, then as many past it: the doctor sees both, and that two vendors answer."""
    with Destination() as vendor, Gateway(tmp_path, {"meta": vendor, "hook": vendor}) as gateway:
        vendor.behave(Behaviour(body=b""))  # as any server answers HEAD
        words = ("--config", gateway.config, "--skip", "tls", "--skip", "policy")
        for _ in range(5):
            gateway.ask("GET", "/p.gif?name=page_view", {COUNTRY_HEADER: "DE"})
        code, found = rows(*words)
        assert {row["check"] for row in found} == set(CHECKS) - {"tls", "policy"}
        troubles = [row for row in found if row["verdict"] != "fine"]
        assert {row["check"] for row in troubles} <= {"clock", "files", "store"}, troubles
        assert code == 2  # nobody told the time
        assert sum(row["check"] == "egress" for row in found) == 2
        for _ in range(5):
            gateway.ask("GET", "/p.gif?name=page_view", {"X-Forwarded-For": "203.0.113.7"})
        code, found = rows(*words)
        (edge,) = [row for row in found if row["check"] == "edge"]
        assert (code, edge["verdict"]) == (1, "wrong") and "5 of 10" in edge["says"]
        assert "203.0.113" not in json.dumps(found)
