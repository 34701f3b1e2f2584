import pytest

from gateway.vendors.stated_age import take_age


@pytest.mark.parametrize(
    ("given", "age"),
    [
        ({}, None),
        ({"known_minor": True}, 0),
        ({"known_minor": "yes"}, 0),
        ({"known_minor": "1"}, 0),
        ({"known_minor": "perhaps"}, 0),
        ({"known_minor": None}, 0),
        ({"known_minor": []}, 0),
        ({"known_minor": False}, None),
        ({"known_minor": "No"}, None),
        ({"known_minor": 0}, None),
        ({"known_minor": ""}, None),
        ({"age_band": "13-15"}, 13),
        ({"age_band": "18+"}, 18),
        ({"age_band": "16"}, 16),
        ({"age_band": 16}, 16),
        ({"age_band": "999"}, 150),
        ({"age_band": "teen"}, 0),
        ({"age_band": "-5"}, 0),
        ({"age_band": "13-15 "}, 0),
        ({"age_band": {"a": 1}}, 0),
        ({"age_band": "18+", "known_minor": "true"}, 0),
        ({"age_band": "18+", "known_minor": "false"}, 18),
    ],
)
def test_what_a_page_says_of_an_age_is_read_at_its_strictest(given, age):
    assert take_age(given) == age
    assert given == {}


def test_other_parameters_stay():
    given = {"name": "view", "age_band": "13-15"}
    take_age(given)
    assert given == {"name": "view"}
