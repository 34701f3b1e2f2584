import pytest

from tests.policy.made import SMALL, codes, findings


def test_the_small_policy_is_fine():
    assert findings() == []


@pytest.mark.parametrize(
    ("old", "new", "code", "severity"),
    [
        ("name: small\n", "", "P004", "error"),
        ("profile: strict", "profile: stict", "P021", "error"),
        ("audience_measurement: opt_in", "audience_measurement: exempt", None, None),
        ("events: {view: [ads]}", "events: {view: [visits]}", "P024", "warning"),
        ("events: {view: [ads]}", "events: {view: [adds]}", "P021", "error"),
        ("events: {view: [ads]}", "events: {view: []}", "P051", "error"),
        ("events: {view: [ads]}", "events: {}", "P051", "error"),
        ("    controller_country: US\n", "", "P070", "error"),
        ("controller_country: US", "controller_country: RU", "P071", "error"),
        ("{url: origin}", "{url: origin, ip: full}", "P061", "error"),
        ("{url: origin}", "{url: origin, ip: hash}", None, None),
        ("advertising: opt_in", "functional: opt_in", "P023", "warning"),
    ],
)
def test_what_does_not_fit_together_is_found(old, new, code, severity):
    found = [(one.code, one.severity) for one in findings(old, new)]
    assert found == [] if code is None else (code, severity) in found


def test_what_is_exempt_must_be_weak_and_stay_in_the_house():
    exempt = SMALL.replace("audience_measurement: opt_in", "audience_measurement: exempt")
    assert codes(text=exempt) == []
    (weak,) = findings("referrer: origin", "referrer: path", exempt)
    assert weak.code == "P032"
    assert weak.message.endswith('is exempt from consent in "world" but its profile is too weak for: referrer')
    assert codes("[ads]", "[ads, visits]", exempt) == ["P033"]
    assert codes("party: third", "party: processor", exempt.replace("[ads]", "[ads, visits]")) == []


def test_a_controller_of_concern_is_fine_once_the_united_states_are_blocked():
    blocked = SMALL.replace("party: third", "party: third\n    block_regions: [US]")
    assert codes("controller_country: US", "controller_country: CN", blocked) == []
    assert "P071" in codes(
        "block_regions: [US]", "block_regions: [US-CA]", blocked.replace("country: US", "country: CN")
    )


def test_a_full_address_is_found_where_a_profile_gives_it():
    text = SMALL.replace("family: advertising,", "family: advertising, profile: open,")
    text = text.replace("profiles:", "profiles:\n  open: {ip: full, url: full}")
    assert codes(text=text) == ["P061"]
    assert codes("{url: origin}", "{url: origin, ip: truncate}", text) == []


def test_a_necessary_purpose_needs_neither_line_nor_destination():
    assert codes("profiles:", "  run: {label: Running, family: necessary}\nprofiles:") == []


def test_a_policy_without_tests_is_doubtful_and_wrong_where_tests_are_required():
    bare = SMALL[: SMALL.index("tests:")]
    assert [(one.code, one.severity) for one in findings(text=bare)] == [("P080", "warning")]
    assert [(one.code, one.severity) for one in findings(text=bare, require_tests=True)] == [("P080", "error")]


def test_many_regions_are_not_all_named():
    regions = "".join(f"  r{number}: {{}}\n" for number in range(9))
    (found,) = findings("destinations:", f"{regions}destinations:")[:1]
    assert "in 9 region(s) (r0, r1, r2, r3, r4, …)" in found.message
