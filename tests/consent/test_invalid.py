from gateway.consent.invalid import Invalid


def test_an_invalid_signal_holds_its_reason_and_nothing_else():
    assert Invalid._fields == ("reason",)
    assert Invalid("expired") == Invalid(reason="expired")
