import gzip
import json
from ipaddress import ip_address

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.region.table import parse
from tests.region.mmdb_file import database

CSV = '"1.0.0.0","1.0.0.255","AU"\n1.0.1.0,1.0.3.255,CN\n2a00::,2a00:ffff:ffff:ffff:ffff:ffff:ffff:ffff,FR\n'


@pytest.fixture
def made(tmp_path):
    """What `gateway geo build` says and writes for a source of this name and content."""

    def make(name, data, *more):
        (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        out = tmp_path / "country.bin.xz"
        line = ["geo", "build", "--from", str(tmp_path / name), "--out", str(out), *more]
        return CliRunner().invoke(main, line), out

    return make


def country(path, text):
    return parse(path.read_bytes()).find(ip_address(text))


def test_a_csv_becomes_a_table_with_the_day_of_its_name(made):
    done, out = made("dbip-country-lite-2026-11.csv", CSV, "--credit", "DB-IP")
    assert done.exit_code == 0, done.output
    assert "7 rows, 3 countries, built 2026-11-01" in done.stdout
    assert "3 ranges read" in done.stderr
    assert [country(out, text) for text in ("1.0.0.9", "1.0.2.9", "1.0.4.0", "2a00::1")] == [
        ("AU",), ("CN",), (), ("FR",),
    ]  # fmt: skip
    assert (parse(out.read_bytes()).built, parse(out.read_bytes()).source) == (20_758, "DB-IP")


def test_it_may_be_packed_and_its_day_may_be_said(made):
    done, out = made("list.csv.gz", gzip.compress(CSV.encode()), "--built", "2026-11-02")
    assert done.exit_code == 0, done.output
    assert (parse(out.read_bytes()).built, parse(out.read_bytes()).source) == (20_759, "list.csv.gz")


def test_a_database_of_maxminds_format_becomes_a_table(made):
    records = {
        "1.0.0.0/24": {"country": {"iso_code": "AU"}, "subdivisions": [{"iso_code": "QLD"}]},
        "8.8.8.0/24": {"country_code": "US"},
        "9.0.0.0/8": {"country": {"iso_code": "DE"}, "traits": {"is_anonymous": True}},
        "2a00:1450::/32": {"country": {"iso_code": "IE"}},
    }
    done, out = made("country.mmdb", database(records, 20_700 * 86_400))
    assert done.exit_code == 0, done.output
    asked = ("1.0.0.255", "1.0.1.0", "8.8.8.8", "9.9.9.9", "2a00:1450::1", "2a00:1451::1")
    assert [country(out, text) for text in asked] == [("AU",), (), ("US",), (), ("IE",), ()]
    assert (parse(out.read_bytes()).built, parse(out.read_bytes()).source) == (20_700, "Made-Up-City")


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("list.csv", CSV, "--built"),
        ("list-2026-11.csv", "1.0.0.0,AU\n", "line 1 is not"),
        ("list-2026-11.csv", "1.0.0.0,1.0.0.255,AU\n1.0.0.9,1.0.0.10,US\n", "overlaps"),
        ("list-2026-11.csv.gz", b"no gzip", "cannot be read"),
        ("list-2026-11.csv", b"\xff\xfe", "cannot be read"),
        ("list.mmdb", b"no database", "MaxMind"),
        ("list-2026-11.csv", "", "no ranges"),
        ("list-2026-11.csv", "start,stop,country\n", "no ranges"),
        ("list-2026-11.csv", "nonsense\n", "line 1 is not"),
    ],
)
def test_a_source_that_cannot_be_used_is_told_and_nothing_is_written(made, name, data, word):
    done, out = made(name, data)
    assert done.exit_code == 1
    assert word in done.stderr
    assert "Traceback" not in done.output
    assert not out.exists()


def test_a_table_that_is_there_stays_until_the_new_one_is_right(made):
    _, out = made("list-2026-11.csv", CSV)
    before = out.read_bytes()
    made("list-2026-11.csv", "nonsense\n")
    assert out.read_bytes() == before
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []


def test_it_cannot_write_where_there_is_no_place(made, tmp_path):
    done, _ = made("list-2026-11.csv", CSV, "--out", str(tmp_path / "no" / "where"))
    assert (done.exit_code, "cannot write" in done.stderr) == (1, True)


def test_a_table_is_shown_with_its_age_and_credit(made):
    _, out = made("list-2026-11.csv", CSV)
    told = json.loads(CliRunner().invoke(main, ["geo", "show", "--json", "--table", str(out)]).stdout)
    assert (told["built"], told["credit"]) == ("2026-11-01", "list-2026-11.csv")
    assert "DB-IP" in CliRunner().invoke(main, ["geo", "show"]).stdout
    broken = CliRunner().invoke(main, ["geo", "show", "--table", str(out.parent / "list-2026-11.csv")])
    assert (broken.exit_code, "no country table" in broken.stderr) == (1, True)


def test_addresses_are_found_and_the_source_is_credited():
    done = CliRunner().invoke(main, ["geo", "find", "193.51.224.1", "::ffff:193.51.224.1", "192.168.0.1"])
    assert done.stdout.splitlines()[:3] == ["193.51.224.1: FR", "::ffff:193.51.224.1: FR", "192.168.0.1: unknown"]
    assert "https://db-ip.com" in done.stdout.splitlines()[3]
    told = json.loads(CliRunner().invoke(main, ["geo", "find", "--json", "2001:700:100::1"]).stdout)
    assert (told["regions"], "DB-IP" in told["credit"]) == (["NO"], True)


def test_what_is_no_address_is_said():
    done = CliRunner().invoke(main, ["geo", "find", "shop.example"])
    assert (done.exit_code, done.stdout.splitlines()[0]) == (1, "shop.example: no address")
