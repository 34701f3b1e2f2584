import pytest

from gateway.consent.carriers import TYPES
from gateway.consent.google_votes import CARRIERS
from gateway.consent.read import SignalReader
from gateway.consent.rules import ReadingRules
from tests.consent.test_read import CMPS, KEY, OWN, PURPOSES, denials, grants, hit, reader

ADS, ANALYTICS = {"measure", "retarget"}, {"visits", "insight"}
ALL = ADS | ANALYTICS


def said(query="", body=b""):
    consent = reader(OWN).read(hit(query=query, body=body))
    assert grants(consent) == set()
    return denials(consent)


@pytest.mark.parametrize(
    ("query", "refused"),
    [("gcs=G111", set()), ("gcs=G100", ALL), ("gcs=G101", ADS), ("gcs=G110", ANALYTICS), ("gcs=G1--", set()),
     ("gcs=G1-0", ANALYTICS), ("gcd=13t3t3t3t5", set()), ("gcd=13r3r3r3r5", set()), ("gcd=13q3t3t3t5", ADS),
     ("gcd=13t3q3t3t5", ANALYTICS), ("gcd=13t3t3q3t5", ADS), ("gcd=13t3t3t3m5", ADS), ("gcd=13l3l3l3l1", set()),
     ("npa=1", ADS), ("npa=0", set()), ("dma=1&dma_cps=-", ADS), ("dma=0&dma_cps=-", set()),
     ("dma=1&dma_cps=syphamo", set()), ("dma_cps=-", set()), ("gcs=G111&gcs=G101", ADS), ("gcs=&npa=&gcd=", set())],
)  # fmt: skip
def test_a_denied_type_refuses_and_nothing_else_does(query, refused):
    assert said(query) == refused


@pytest.mark.parametrize(
    ("body", "refused"),
    [(b'{"consent":{"ad_user_data":"DENIED"}}', ADS), (b'{"consent":{"ad_user_data":"GRANTED"}}', set()),
     (b'{"consent":{"analytics_storage":"denied","ad_storage":"granted"}}', ANALYTICS),
     (b'[{"consent":{"ad_personalization":"GRANTED"}},{"consent":{"ad_personalization":"DENIED"}}]', ADS),
     (b'{"consent":{"ad_storage":false}}', ADS)],
)  # fmt: skip
def test_the_consent_of_the_measurement_protocol_is_read(body, refused):
    assert said(body=body) == refused


@pytest.mark.parametrize("query", ["gcs=G000", "gcs=x", "gcd=1", "npa=2", "dma=x", "dma_cps=!"])
def test_what_cannot_be_read_is_named_and_refuses_nothing(query):
    signals = reader(OWN).read(hit(query=query)).signals
    assert (signals.votes, signals.unreadable) == ((), (f"google:{query.partition('=')[0]}",))


@pytest.mark.parametrize("name", ["gcs", "gcd", "npa", "dma", "dma_cps"])
@pytest.mark.parametrize("macro", ["{{consent}}", "${NPA}", "undefined"])
def test_what_the_page_left_unreplaced_refuses_all_it_could(name, macro):
    assert said(f"{name}={macro}") == ALL


def test_a_purpose_may_depend_on_fewer_types():
    asked = {**PURPOSES, "measure": PURPOSES["measure"]._replace(google=("ad_storage", "ad_user_data"))}
    source = SignalReader(ReadingRules(asked, ()), KEY, CMPS, str)
    assert denials(source.read(hit(query="npa=1"))) == {"retarget"}
    assert denials(source.read(hit(query="gcs=G101"))) == ADS


def test_every_type_is_read():
    assert set(CARRIERS) == {"gcs", "gcd", "npa", "dma", "dma_cps", *(f"consent.{name}" for name in TYPES)}
