import sys
import time
from ipaddress import ip_address

import pytest

from gateway.bootstrap.geo import OLD_DAYS, WARN_DAYS, age, day, told
from gateway.bootstrap.plan import read_plan
from gateway.errors import ConfigurationError
from gateway.region.build import Range, pack
from tests.bootstrap.configuration import GATEWAY, write
from tests.region.mmdb_file import database

TODAY = int(time.time() // 86_400)
FRENCH, AMERICAN, SIXTH = ip_address("93.184.216.34"), ip_address("8.8.8.8"), ip_address("2a00:1450::1")
EDGE = "trusted_proxies: [10.0.0.0/8]\nedge: cloudflare\n"


def table(built):
    return pack([Range(4, int(FRENCH), int(FRENCH), "FR")], built, "made up")


def city(built=TODAY, version=6):
    records = {
        "8.8.8.0/24": {"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "CA"}]},
        "93.184.0.0/16": {"country": {"iso_code": "FR"}, "traits": {"is_tor_exit_node": True}},
    }
    records |= {"2a00:1450::/32": {"country": {"iso_code": "IE"}}} if version == 6 else {}
    return database(records, built * 86_400, version=version)


@pytest.fixture
def plan(tmp_path):
    """The plan of a configuration with these settings and files."""

    def planned(settings="", **files):
        for name, data in files.items():
            (tmp_path / name.replace("_", ".")).write_bytes(data)
        return read_plan(write(tmp_path, f"{GATEWAY}{settings}\n"))

    return planned


def warned(plan):
    return [finding for finding in plan.warnings if finding.code == "G061"]


def asked(plan, address, now=TODAY * 86_400.0):
    return plan.databases.beside(None, lambda: address, now)


def test_the_shipped_table_is_asked_unless_it_is_told_not_to(plan):
    assert asked(plan(), ip_address("193.51.224.1"), now=20_610 * 86_400.0) == ("FR",)
    assert plan("geo: {table: none}").databases.sources == []


def test_a_table_of_the_operators_takes_its_place(plan):
    found = plan("geo: {table: own.xz}", own_xz=table(TODAY))
    assert (asked(found, FRENCH), asked(found, AMERICAN)) == (("FR",), ())
    assert told(found.databases) == [{"name": "table", "built": day(TODAY), "credit": "made up"}]
    assert warned(found) == []


@pytest.mark.parametrize(("days", "warnings"), [(WARN_DAYS, 0), (WARN_DAYS + 1, 1), (OLD_DAYS + 1, 1)])
def test_old_data_is_warned_about_where_it_is_asked_first(plan, days, warnings):
    files = {"own_xz": table(TODAY - days)}
    assert len(warned(plan("geo: {table: own.xz}", **files))) == warnings
    assert warned(plan(f"{EDGE}geo: {{table: own.xz}}", **files)) == []
    assert len(warned(plan(f"{EDGE}geo: {{table: own.xz, cross_check: [edge, table]}}", **files))) == warnings


def test_data_older_than_a_year_does_not_stand_alone_unless_it_is_trusted(plan):
    files = {"own_xz": table(TODAY - OLD_DAYS)}
    assert asked(plan("geo: {table: own.xz}", **files), FRENCH) == ("FR", "unknown")
    assert asked(plan("geo: {table: own.xz}", **files), FRENCH, now=(TODAY - 1) * 86_400.0) == ("FR",)
    assert asked(plan("geo: {table: own.xz, trust_old: true}", **files), FRENCH) == ("FR",)


def test_a_database_of_maxminds_format_is_asked_first_and_tells_states(plan):
    found = plan("geo: {mmdb: city.mmdb, table: own.xz}", city_mmdb=city(), own_xz=table(TODAY))
    assert asked(found, AMERICAN) == ("US-CA",)
    assert asked(found, SIXTH) == ("IE",)
    assert asked(found, FRENCH) == ()  # a Tor exit, wherever the table puts it
    assert [each["name"] for each in told(found.databases)] == ["mmdb", "table"]


def test_a_database_of_ipv4_knows_nothing_of_ipv6(plan):
    found = plan("geo: {mmdb: city.mmdb, table: none}", city_mmdb=city(version=4))
    assert (asked(found, AMERICAN), asked(found, SIXTH)) == (("US-CA",), ())


def test_a_database_that_is_damaged_inside_knows_nothing(plan):
    whole, broken = city(), city().replace(b"\x42US", b"\x5fUS")
    shipped = "geo: {mmdb: city.mmdb}"
    assert asked(plan(shipped, city_mmdb=whole), AMERICAN) == ("US-CA",)
    assert asked(plan(shipped, city_mmdb=broken), AMERICAN) == ()  # and the table is not asked instead


def test_sources_are_held_against_each_other(plan):
    found = plan(
        "geo: {mmdb: city.mmdb, table: own.xz, cross_check: [mmdb, table]}",
        city_mmdb=city(),
        own_xz=pack([Range(4, int(AMERICAN), int(AMERICAN), "CA")], TODAY, "x"),
    )
    assert asked(found, AMERICAN) == ("US-CA", "CA")


@pytest.mark.parametrize(
    ("settings", "code", "word"),
    [
        ("geo: {table: missing.xz}", "G060", "cannot read"),
        ("geo: {table: bad.xz}", "G060", "no country table"),
        ("geo: {mmdb: missing.mmdb}", "G060", "cannot read"),
        ("geo: {mmdb: bad.xz}", "G060", "MaxMind"),
        ("geo: {cross_check: [edge, table]}", "G062", "edge"),
        ("geo: {table: none, cross_check: [mmdb, table]}", "G062", "mmdb, table"),
        ("geo: {cross_check: [whois]}", "G003", ""),
        ("geo: {tabel: none}", "G002", ""),
        ("edge: cloudfare", "G003", "there is no vendor"),
    ],
)
def test_what_cannot_be_used_keeps_the_gateway_from_starting(plan, settings, code, word):
    with pytest.raises(ConfigurationError) as error:
        plan(settings, bad_xz=b"no table")
    (finding,) = [each for each in error.value.findings if each.severity == "error"]
    assert finding.code == code
    assert word in finding.message


def test_without_the_extra_package_it_is_told_which(plan, monkeypatch):
    monkeypatch.setitem(sys.modules, "maxminddb", None)  # as where it is not installed
    with pytest.raises(ConfigurationError, match=r"consent-gateway\[geo\]"):
        plan("geo: {mmdb: city.mmdb}", city_mmdb=city())


def test_the_name_of_a_vendor_stands_for_its_headers(plan, monkeypatch):
    assert plan(EDGE).configured.settings.edge.subdivision == "CF-Region-Code"
    monkeypatch.setenv("GATEWAY_EDGE", "vercel")
    assert plan(EDGE).configured.settings.edge.country == "X-Vercel-IP-Country"


def test_the_environment_may_say_it_all(plan, monkeypatch):
    monkeypatch.setenv("GATEWAY_GEO__CROSS_CHECK", "edge,table")
    monkeypatch.setenv("GATEWAY_GEO__TRUST_OLD", "true")
    found = plan(EDGE)
    assert set(found.databases.cross_check) == {"edge", "table"}
    assert found.databases.sources[0].old_from == float("inf")


def test_an_age_is_in_days_and_unknown_where_the_day_is():
    assert (age(TODAY - 3), age(None), day(None), day(20_605)) == (3, None, None, "2026-06-01")
