from gateway.policy.compile import read_pack_file, read_policy
from gateway.policy.lint_age import OLD_DAYS, pack_age
from gateway.policy.model import Pack
from tests.policy.made import SMALL, TODAY

OLD = "pack: old\nversion: '1'\nreviewed: '2026-01-01'\nregions: {}\n"
REVIEWED = 20454


def test_the_age_of_a_pack_counts_from_its_review():
    assert pack_age(Pack("p", "1", "2026-01-01", "p.yaml", {}), REVIEWED + 3) == 3
    assert pack_age(Pack("p", "1", "", "p.yaml", {}), REVIEWED) is None
    assert pack_age(None, REVIEWED) is None


def found(day):
    text = SMALL.replace("name: small", "name: small\nextends: old.yaml")
    return [
        (one.code, one.severity, one.line, one.column)
        for one in read_policy(text, "small.yaml", lambda name: (OLD, name), today=day).findings
        if one.code == "P096"
    ]


def test_a_pack_is_old_after_half_a_year_and_not_before():
    assert found(REVIEWED + OLD_DAYS) == []
    assert found(REVIEWED + OLD_DAYS + 1) == [("P096", "warning", 3, 10)]
    assert found(None) == []


def test_an_old_pack_on_its_own_is_warned_of_at_its_date():
    (one,) = read_pack_file(OLD, "old.yaml", today=TODAY).findings
    assert (one.code, one.line, one.column) == ("P096", 3, 11)
    assert read_pack_file(OLD, "old.yaml").findings == []
