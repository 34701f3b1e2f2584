import json

from click.testing import CliRunner

from gateway.cli import COMMANDS, main
from tests.bootstrap.configuration import GATEWAY, POLICY, write, write_for_a_worker


def run(*words: str):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_files_that_fit_pass(tmp_path):
    done = run("check", "--config", write(tmp_path))
    assert done.exit_code == 0
    assert "policy small" in done.output and "meta: meta, fed by meta_pixel" in done.output


def test_every_finding_is_printed_with_its_place(tmp_path):
    config = write(tmp_path, GATEWAY.replace("  meta:\n", "  metta:\n"))
    done = run("check", "--config", config)
    assert done.exit_code == 1
    assert f"{config}:8:1: error[G021]" in done.output and f"{config}:13:3: error[G022]" in done.output
    assert 'hint: did you mean "meta"?' in done.output


def test_findings_as_json_are_one_object_a_line(tmp_path):
    config = write(tmp_path, GATEWAY.replace("  meta:\n", "  metta:\n"))
    done = run("check", "--json", "--config", config)
    assert done.exit_code == 1
    findings = [json.loads(line) for line in done.output.splitlines()]
    assert {(each["code"], each["line"]) for each in findings} >= {("G021", 8), ("G022", 13)}


TEST = "tests: [{name: nobody is asked, given: {region: FR, event: purchase}, expect: {meta: allow}}]\n"


def test_a_policy_that_fails_its_own_test_would_not_be_put_in_force(tmp_path):
    done = run("check", "--config", write(tmp_path, policy=POLICY + TEST))
    assert done.exit_code == 1
    assert f"{tmp_path / 'policy.yaml'}:{len(POLICY.splitlines()) + 1}:" in done.output and "error[G050]" in done.output


def test_a_candidate_is_checked_too(tmp_path):
    config = write(tmp_path, GATEWAY + "candidate: next.yaml\n")
    missing = run("check", "--config", config)
    assert missing.exit_code == 1 and "error[G020]" in missing.output and "next.yaml" in missing.output
    (tmp_path / "next.yaml").write_text(POLICY)
    assert run("check", "--config", config).exit_code == 0
    (tmp_path / "next.yaml").write_text(POLICY + TEST)
    assert "error[G050]" in run("check", "--config", config).output


def test_a_role_is_asked_only_for_what_it_may_know(tmp_path):
    config = write_for_a_worker(tmp_path)
    assert run("check", "--role", "worker", "--config", config).exit_code == 0
    (tmp_path / "meta.token").unlink()
    assert "error[G013]" in run("check", "--role", "worker", "--config", config).output
    config = write(tmp_path)
    (tmp_path / "meta.token").unlink()
    assert run("check", "--role", "collector", "--config", config).exit_code == 0
    assert run("check", "--config", config).exit_code == 1


def test_misuse_is_exit_code_2():
    assert run("check", "--nonsense").exit_code == 2
    assert run("nonsense").exit_code == 2


def test_every_command_has_help():
    for name in COMMANDS:
        done = run(name, "--help")
        assert done.exit_code == 0 and "Usage:" in done.output
    assert all(name in run("--help").output for name in COMMANDS)
