"""`gateway vendor` lists, shows and tests the catalogue."""

import json
from importlib.resources import files

import pytest
from click.testing import CliRunner

from gateway.cli.vendor import vendor
from gateway.vendors.catalogue import SHIPPED
from tests.bootstrap.configuration import write


def run(*arguments):
    result = CliRunner().invoke(vendor, list(arguments))
    return result.exit_code, result.output


def test_the_list_names_every_vendor_and_its_pixels():
    code, output = run("list", "--json")
    rows = [json.loads(line) for line in output.splitlines()]
    assert code == 0
    assert [row["id"] for row in rows] == [name.removesuffix(".yaml") for name in SHIPPED]
    assert rows[1]["pixels"] == ["ga4_collect", "ga4_first_party"]
    assert "meta_pixel" in run("list")[1]


def test_the_sheet_of_one_vendor_is_shown():
    code, output = run("show", "meta", "--json")
    assert code == 0
    assert json.loads(output)["vendor"] == "Meta"
    assert "contact.email_sha256 (contact_hash)  with ad_user_data" in run("show", "meta")[1]


def test_an_unknown_vendor_is_misuse():
    code, output = run("show", "nobody")
    assert code == 2
    assert "known: meta, ga4" in output


def test_all_shipped_tests_hold():
    code, output = run("test", "--json")
    rows = [json.loads(line) for line in output.splitlines()]
    assert code == 0
    assert len(rows) >= 40
    assert all(row["ok"] for row in rows)


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("", "", 0, "jsonl: 4 of 4 tests hold"),
        ("status: 507}, then: retry", "status: 507}, then: ok", 1, "error[M020]"),
        ("method: APPEND", "method: APEND", 1, "error[M001]"),
    ],
)
def test_a_file_is_tested_in_place_of_the_shipped_one(tmp_path, old, new, code, said):
    text = (files("gateway.vendors") / "jsonl.yaml").read_text("utf-8")
    assert old in text
    path = tmp_path / "jsonl.yaml"
    path.write_text(text.replace(old, new, 1))
    assert run("test", str(path))[0] == code
    assert said in run("test", str(path))[1]
    assert "meta" not in run("test", str(path))[1]


def test_a_new_vendor_begins_with_a_manifest_whose_tests_hold(tmp_path):
    code, output = run("new", "pebble", "--in", str(tmp_path))
    assert (code, "pebble.yaml" in output) == (0, True)
    assert "pebble: 5 of 5 tests hold" in run("test", str(tmp_path / "pebble.yaml"))[1]
    code, output = run("new", "pebble", "--in", str(tmp_path))
    assert (code, "File exists" in output) == (1, True)


@pytest.mark.parametrize("identity", ["meta", "No-Id"])
def test_a_new_vendor_has_an_id_of_its_own(tmp_path, identity):
    assert run("new", identity, "--in", str(tmp_path))[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_the_hosts_of_the_connected_destinations_are_told_and_no_others(tmp_path):
    config = write(tmp_path)
    assert run("hosts", "--config", str(config)) == (0, "graph.facebook.com\n")
    assert json.loads(run("hosts", "--json", "--config", str(config))[1]) == {
        "destination": "meta",
        "host": "graph.facebook.com",
    }
    config.write_text(config.read_text().replace("vendor: meta", "vendor: mete"))
    code, output = run("hosts", "--config", str(config))
    assert code == 1 and "G023" in output
