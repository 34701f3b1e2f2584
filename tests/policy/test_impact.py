from gateway.policy.impact import regions_in, visitors, weigh
from tests.policy.made import SMALL, TODAY, small

OLD = "advertising: opt_in"


def told(before, after):
    impact = weigh(before, after, TODAY)
    return [
        (*change[:4], change.wider, change.day, places if len(places) < 4 else len(places))
        for change, places in impact.places.items()
    ]


def test_a_policy_changes_nothing_against_itself():
    impact = weigh(small(), small(), TODAY)
    assert (impact.changed, impact.places, impact.widens) == (0, {}, False)
    assert impact.compared == len(regions_in([small()])) * len(visitors(small())) * 2


def test_what_needs_no_yes_any_more_widens_for_who_chose_nothing():
    assert told(small(), small(OLD, "advertising: notice")) == [
        ("meta", "view", "no choice", "deny -> allow (notice)", True, None, ["AD", "unknown"]),
    ]
    assert told(small(OLD, "advertising: notice"), small())[0][3:5] == ("allow -> deny (no_consent)", False)


def test_a_weaker_field_widens_and_a_stricter_one_narrows():
    weaker = small("{url: origin}", "{url: path}")
    (change,) = told(small(), weaker)
    assert change[2:6] == ("yes to all", "page.url: origin -> path", True, None)
    (change,) = told(weaker, small())
    assert change[2:6] == ("yes to all", "page.url: path -> origin", False, None)


def test_a_field_that_comes_and_one_that_goes_widens():
    (change,) = told(small(), small("    fields: [page.url]\n    anonymise", "    fields: [page.title]\n    anonymise"))
    assert change[3:5] == ("page.url: origin -> not sent, page.title: not sent -> as it is", True)


def test_a_destination_that_is_new_or_gone_is_compared_with_silence():
    more = SMALL.replace("tests:", "  late: {party: first, events: {view: [visits]}, fields: [page.url]}\ntests:")
    assert [change[:5] for change in told(small(), small(text=more))] == [
        ("late", "view", "yes to all", "deny -> allow (consent)", True)
    ]
    assert [change[:5] for change in told(small(text=more), small())] == [
        ("late", "view", "yes to all", "allow -> deny (event_not_listed)", False)
    ]


def test_what_begins_later_is_shown_with_its_day():
    row = "  fr: {match: [FR], inherits: world, applies_from: '2027-01-01', because: the board said so, basis: {ads: notice}}\n"
    later = SMALL.replace("destinations:", f"{row}destinations:")
    (change,) = told(small(), small(text=later))
    assert change == ("meta", "view", "no choice", "deny -> allow (notice)", True, TODAY + 37, ["FR"])


def test_an_observing_policy_is_compared_as_if_it_enforced_and_the_mode_is_told():
    observing = small("name: small", "name: small\nmode: observe")
    assert told(small(), observing) == [("mode", "", "", "enforce -> observe", False, None, [])]
    assert told(observing, small()) == [("mode", "", "", "observe -> enforce", True, None, [])]


def test_the_places_are_all_that_are_named_and_one_that_is_not():
    text = SMALL.replace(
        "destinations:",
        "  eu: {match: ['@EU'], inherits: world}\n  ca: {match: [US-CA], inherits: world}\ndestinations:",
    )
    places = regions_in([small(text=text)])
    assert len(places) == 27 + 1 + 1 + 2
    assert {"DE", "US-CA", "US-ZZZ", "unknown"} < set(places)


def test_a_place_that_only_a_destination_blocks_is_among_the_places():
    blocking = small("    anonymise", "    block_regions: [KP]\n    anonymise")
    assert told(blocking, small()) == [
        ("meta", "view", "yes to all", "deny -> allow (consent)", True, None, ["KP", "unknown"]),
    ]


def test_a_state_without_a_row_of_its_own_is_seen_beside_the_strictest_one():
    text = SMALL.replace(
        "destinations:",
        "  us: {match: [US], basis: {advertising: opt_in, audience_measurement: opt_in}}\n"
        "  us-ca: {match: [US-CA], inherits: us, basis: {ads: opt_in}}\ndestinations:",
    )
    loose = small(
        "us: {match: [US], basis: {advertising: opt_in", "us: {match: [US], basis: {advertising: notice", text
    )
    (change,) = told(small(text=text), loose)
    assert change[2:] == ("no choice", "deny -> allow (notice)", True, None, ["US-ZZZ"])
