import pytest

from gateway.consent.limited import LIMITED
from tests.consent.test_cmp_votes import ALL
from tests.consent.test_read import OWN, denials, grants, hit, reader

SOLD = {"measure", "retarget"}


def said(*cookies, query=""):
    consent = reader(*ALL).read(hit(*cookies, query=query))
    return grants(consent), denials(consent)


@pytest.mark.parametrize(
    "text", ["1YYN", "1NYY", "1-YN", "1Y-Y", "nonsense", "1yyn", "2YNN", '{"uspString":"1YYN","a":1}']
)
def test_an_opt_out_or_what_cannot_be_read_refuses_what_is_sold(text):
    assert said(b"usprivacy=" + text.encode()) == said(query=f"us_privacy={text}") == (set(), SOLD)


@pytest.mark.parametrize("text", ["1---", "1YNN", "1YN-", ""])
def test_a_string_without_an_opt_out_says_nothing(text):
    assert said(b"usprivacy=" + text.encode()) == said(query=f"us_privacy={text}") == (set(), set())


def test_a_string_in_json_in_a_cookie_may_be_encoded():
    assert said(b"usprivacy=%7B%22uspString%22%3A%221YN-%22%2C%22date%22%3A%222026-10-01%22%7D") == (set(), set())
    assert said(b"usprivacy=%7B%22uspString%22%3A%221YY-%22%2C%22date%22%3A%222026-10-01%22%7D") == (set(), SOLD)


def test_of_two_strings_the_opt_out_counts():
    assert said(b"usprivacy=1YNN", b"usprivacy=1YYN") == (set(), SOLD)
    assert said(b"usprivacy=1YNN", query="us_privacy=1YYN") == (set(), SOLD)
    assert said(query="us_privacy=1YNN&us_privacy=1YYN") == (set(), SOLD)


@pytest.mark.parametrize("macro", ["${US_PRIVACY}", "%24%7BUS_PRIVACY%7D", "undefined", "null", "[US_PRIVACY]"])
def test_a_macro_that_was_left_in_is_an_opt_out(macro):
    assert said(query=f"us_privacy={macro}") == (set(), SOLD)


@pytest.mark.parametrize("name", LIMITED)
def test_a_vendors_own_flag_refuses_what_is_sold(name):
    consent = reader(OWN).read(hit(query=f"x=1&{name}={min(LIMITED[name])}"))
    assert (grants(consent), denials(consent)) == (set(), SOLD)
    assert {vote.source for vote in consent.signals.votes} == {f"limited:{name}"}
    assert reader(OWN).read(hit(query=f"x=1&{name}=0")).signals.votes == ()


def test_metas_flag_in_a_body_is_one():
    assert denials(reader().read(hit(body=b'{"data":[{"data_processing_options":["LDU"]}]}'))) == SOLD
    assert denials(reader().read(hit(body=b'{"data":[{"data_processing_options":[]}]}'))) == set()
