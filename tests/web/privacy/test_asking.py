import pytest

from gateway.dsr.deadlines import place_of
from gateway.web.privacy.asking import regulation_of


@pytest.mark.parametrize(
    ("regions", "regulation", "place"),
    [
        (("FR",), "gdpr", "@EEA"),
        (("NO", "US-CA"), "gdpr", "@EEA"),
        (("GB",), "uk_gdpr", "GB"),
        (("CH",), "fadp", "CH"),
        (("US-CA",), "ccpa", "US-CA"),
        (("US-VA",), "us_state:VA", "US-VA"),
        (("US",), "region:US", "US"),
        (("CA-QC",), "pipeda", "CA"),
        (("BR",), "lgpd", "BR"),
        (("JP",), "region:JP", "JP"),
        ((), "voluntary", ""),
    ],
)
def test_a_request_is_answered_as_the_law_of_its_place_asks(regions, regulation, place):
    assert regulation_of(regions) == regulation
    assert place_of(regulation) == place
