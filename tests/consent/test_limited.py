import pytest

from gateway.consent.limited import LIMITED, is_unreplaced, limits


@pytest.mark.parametrize(
    "value",
    [
        "${GDPR_CONSENT_123}", "%24%7BGDPR%7D", "{{consent}}", "%7B%7Bconsent%7D%7D", "[GDPR]", "%%GDPR%%", "undefined",
        "null", "NULL", " undefined ",
    ],
)  # fmt: skip
def test_a_macro_that_was_left_in_is_one(value):
    assert is_unreplaced(value)


@pytest.mark.parametrize("value", ["", "1", "CPXxRfA", "1YNN", "DBAA~", "undefinedx", "[", "$", "{}"])
def test_nothing_else_is_one(value):
    assert not is_unreplaced(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("dpo", "LDU"), ("data_processing_options", "LMU"), ("dpm", "LDU"), ("limited_data_use", "true"), ("ldu", "1"),
     ("rdp", "1"), ("restricted_data_use", "restrict_optimization"), ("opt_out_type", "LDP"), ("asc", "D"),
     ("dpo", '["LDU"]'), ("opt_out_type", "OTHER,LDP"), ("data_processing_options", "LIMITED_DATA_USE"), ("ltd", "1"),
     ("dpo", "{{ldu}}"), ("asc", " d ")],
)  # fmt: skip
def test_a_flag_limits_in_any_spelling_its_vendor_takes_and_where_it_was_left_unreplaced(name, value):
    assert limits(name, value)


@pytest.mark.parametrize("name", LIMITED)
@pytest.mark.parametrize("value", ["", "0", "false", "G", "none", "[]", "off", "OTHER,NONE"])
def test_a_flag_that_does_not_limit_says_nothing(name, value):
    assert not limits(name, value)
