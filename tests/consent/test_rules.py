from gateway.consent.rules import PlainPurpose, ReadingRules

RULES = ReadingRules(
    {
        "operate": PlainPurpose("necessary"),
        "visits": PlainPurpose("audience_measurement"),
        "partners": PlainPurpose("analytics", sale_or_share=True),
        "ads": PlainPurpose("advertising"),
    }
)


def test_all_but_the_necessary_can_be_refused():
    assert RULES.refusable == ("visits", "partners", "ads")


def test_what_the_policy_calls_a_sale_and_all_advertising_is_sold():
    assert RULES.sold == ("partners", "ads")
