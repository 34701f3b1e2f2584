import pytest

from gateway.hit import Hit, Vouched
from gateway.mail.accept import path_of
from gateway.mail.events import PIXEL, MailEvents
from tests.mail.made import ACCEPTANCE, CLICKED, DAY, OPENED, SENT, SUBJECT, TOKENS, of_somebody

EVENTS = MailEvents(ACCEPTANCE)


def decoded(token, *, now=SENT + 60.0, site="shop"):
    path = path_of(token, TOKENS.seal(token))
    headers = {b"referer": [b"https://mail.example/inbox/ann"]}
    return EVENTS.decode(Hit("GET", path, "email.message=ann", headers, b"", "192.0.2.7", now, site, PIXEL))


@pytest.mark.parametrize(("token", "name"), [(OPENED, "email_open"), (CLICKED, "email_click")])
def test_a_good_token_is_one_event_of_its_message_and_of_nothing_else_in_the_request(token, name):
    (raw,) = decoded(of_somebody(token))
    assert raw.name == name
    assert raw.fields == {"email.campaign": "newsletter", "email.message": "issue", "page.url": ""}
    assert raw.vouched == Vouched(SUBJECT, SENT, DAY - 20, "FR")
    assert (raw.pixel, raw.id, raw.account, raw.kept, raw.packed) == ("events", "", "", None, ())


def test_a_token_of_nobody_leads_to_no_event():
    assert decoded(OPENED) == decoded(CLICKED) == []


def test_a_token_that_is_not_good_or_whose_message_nobody_knows_leads_to_none_either():
    mine = of_somebody(OPENED)
    assert decoded(mine, site="other") == decoded(mine, now=SENT + 1e8) == []
    assert decoded(mine._replace(message="user-17")) == []
    assert decoded(mine._replace(granted=DAY - 400)) == []
    hit = Hit("GET", "/o/nothing.gif", "", {}, b"", "", SENT, "shop", PIXEL)
    assert EVENTS.decode(hit) == []
