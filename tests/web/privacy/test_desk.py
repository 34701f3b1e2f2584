"""What a visitor sees and does at `/privacy`, on a whole gateway."""

import io
import json
import re
import time
import zipfile
from dataclasses import replace

import pytest

from gateway.audit.jws import public_of
from gateway.audit.receipt import KEY, verify_receipt
from gateway.audit.sqlite import FILE
from gateway.audit.sqlite import read as read_log
from gateway.consent.receipt import COOKIE as CONSENT
from gateway.consent.receipt import open_receipt
from gateway.dsr.desk import PERSON
from gateway.dsr.request import Denial, Extension, State
from gateway.errors import LogUnavailable, StoreUnavailable
from gateway.keys import Subjects, keys_of
from gateway.web.privacy.speech import LANGUAGES
from tests.web.privacy.visiting import SETTINGS, Browser, Site, ours, path_of

OPT_OUT = "__Host-optout"
ACTS = ("withdraw", "object", "export", "erase")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def browser(site):
    return Browser(site)


@pytest.fixture
def known(browser):
    """A browser whose visitor agreed to everything."""
    assert browser.choose(visits=True, ads=True).status == 200
    return browser


def publics(site):
    return [public_of(seed) for seed in keys_of(site.gateway.plan.keys.ring(KEY))]


def ended(browser, link):
    """The status page of a request, once nothing more is done about it at once."""
    busy = ("about to be worked on", "being worked on")
    browser.site.until(lambda: not any(word in browser.get(link).text for word in busy))
    return browser.get(link)


# ---------------------------------------------------------------------- looking


def test_who_carries_nothing_of_ours_is_told_so_and_can_opt_out(browser):
    page = browser.get("/privacy")
    assert page.status == 200
    assert "We hold nothing that we can link to this browser." in page.text
    assert "/privacy/object?lang=en" in page.addresses
    assert not [each for each in page.addresses if re.match("/privacy/(withdraw|export|erase)", each)]
    assert page.cookies == []


@pytest.mark.parametrize("cookie", ["1.forged", "", "1.a.1.9999999999.-.ads:y:T.AAAA"])
def test_a_forged_cookie_is_no_cookie(browser, cookie):
    browser.jar[CONSENT] = cookie
    assert "We hold nothing that we can link" in browser.get("/privacy").text


def test_a_record_whose_seal_is_broken_is_no_record(known):
    value = known.jar[CONSENT]
    known.jar[CONSENT] = value[:-1] + ("A" if value[-1] != "A" else "B")
    assert "We hold nothing that we can link" in known.get("/privacy").text


def test_a_slash_at_the_end_leads_to_the_page(browser):
    answer = browser.get("/privacy/")
    assert (answer.status, answer.header("location")) == (303, "/privacy")


def test_the_page_is_for_nobody_else_and_refers_to_nobody_else(known):
    page = known.get("/privacy")
    assert page.header("content-security-policy") == (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert page.header("cache-control") == "no-store"
    assert page.header("referrer-policy") == "same-origin"
    assert {"cookie", "accept-language", "sec-gpc", "dnt"} <= {name.strip() for name in page.header("vary").split(",")}
    assert [each for each in page.addresses if not each.startswith(("/", "?", "#")) or each.startswith("//")] == []
    assert "<script" not in page.text
    assert not re.search(r"\son\w+=|style=|javascript:", page.text)
    style = known.get("/privacy/style.css")
    assert style.header("content-type").startswith("text/css")
    assert not re.search(r"@import|url\(", style.text)


def test_signals_are_told_as_they_are_received(site):
    page = Browser(site, **{"sec-gpc": "1"}).get("/privacy")
    rows = re.findall(r'<th scope="row">([^<]+)</th><td class="(\w+)">', page.text)
    assert ("Global Privacy Control (GPC)", "honoured") in rows or ("Global Privacy Control (GPC)", "ignored") in rows
    assert ("Do Not Track (DNT)", "absent") in rows
    assert ("Opt-out on this page", "absent") in rows


def test_what_other_programs_say_in_the_browser_is_told_too(browser):
    browser.jar["OptanonConsent"] = "groups=C0001%3A1%2CC0002%3A0%2CC0004%3A0"
    page = browser.get("/privacy")
    assert "<code>cmp:onetrust</code>" in page.text
    assert "refuses: Counting visits, Showing our ads elsewhere" in page.text


def test_what_cannot_be_read_is_told_to_count_as_a_no(browser):
    browser.jar["euconsent-v2"] = "CP%%%"
    assert "It counts as a no." in browser.get("/privacy").text


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("en", "Your data at"),
        ("de", "Ihre Daten bei"),
        ("fr", "Vos données chez"),
        ("es", "Sus datos en"),
        ("it", "I Suoi dati"),
    ],
)
def test_it_speaks_the_language_of_the_browser_or_the_one_that_is_chosen(site, code, title):
    page = Browser(site, **{"accept-language": f"{code}-XX,{code};q=0.9,en;q=0.1"}).get("/privacy")
    assert title in page.text
    assert f'<html lang="{code}">' in page.text
    assert page.header("content-language") == code
    assert title in Browser(site).get(f"/privacy?lang={code}").text


def test_the_choice_is_told_with_a_receipt_that_anybody_can_check(site, known):
    page = known.get("/privacy")
    assert '<th scope="row">Showing our ads elsewhere</th><td class="granted">yes</td>' in page.text
    (receipt,) = [each for each in page.addresses if each.startswith("/privacy/receipts/")]
    answer = known.get(receipt)
    assert answer.header("content-disposition").startswith('attachment; filename="consent-')
    kind, claims = verify_receipt(answer.text, publics(site))
    assert kind == "consent"
    record = claims["consent"]
    assert record["event"]["event_state"] == "given"
    assert record["pii_processing"]["jurisdiction"] == ["FR"]
    assert [each["granted"] for each in record["pii_processing"]["purposes"]] == [True, True]
    assert Browser(site).get(receipt).status == 404


def test_what_waits_and_who_received_something_is_told_in_numbers_and_not_in_contents(site, known):
    assert known.buy() == 1
    assert known.see() == 1
    received = '<th scope="row">own_stats</th><td>what happened and when; which page</td>'
    site.until(lambda: received in known.get("/privacy").text)  # its name alone is there as long as its event waits
    page = known.get("/privacy").text
    assert re.search(
        r"events that wait to be passed on</th><td>meta</td><td>1</td><td class=\"day\">20\d\d-\d\d-\d\d<", page
    )
    assert received in page
    assert "9.99" not in page
    assert "/a<" not in page


def test_of_others_nothing_is_told(site, known):
    known.buy()
    other = Browser(site)
    other.choose(visits=True, ads=False)
    page = other.get("/privacy").text
    assert "events that wait" not in page
    assert "records of your choices</th><td>us</td><td>1</td>" in page


def test_while_the_store_is_away_the_page_still_tells_what_the_browser_says(site, known, monkeypatch):
    async def away(*_):
        raise StoreUnavailable("away", 1)

    monkeypatch.setattr(site.gateway.store, "sheets", away)
    page = known.get("/privacy")
    assert page.status == 503
    assert "We cannot do this at the moment" in page.text
    assert "Showing our ads elsewhere" in page.text


# ---------------------------------------------------------------------- acting


@pytest.mark.parametrize("act", ACTS)
def test_each_act_asks_first_and_does_nothing_by_being_looked_at(known, act):
    before = dict(known.jar)
    page = known.get(f"/privacy/{act}")
    assert "Are you sure?" in page.text
    assert page.cookies == []
    assert known.jar == before
    assert "Chosen on" in known.get("/privacy").text


@pytest.mark.parametrize("act", ["withdraw", "export", "erase"])
def test_who_is_unknown_is_led_back_from_what_is_not_for_him(browser, act):
    assert browser.get(f"/privacy/{act}").header("location") == "/privacy?lang=en"


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "spoilt",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"content_type": "text/plain"},
    ],
    ids=str,
)
def test_a_form_of_another_page_is_refused(known, act, spoilt):
    asked = known.get(f"/privacy/{act}")
    before = dict(known.jar)
    answer = known.post(asked.action, asked.token, **spoilt)
    assert answer.status == 403
    assert "Nothing was done." in answer.text
    assert {name: value for name, value in known.jar.items() if name != OPT_OUT} == before
    assert answer.cookies == []


@pytest.mark.parametrize("act", ACTS)
def test_a_form_without_its_token_or_with_another_is_refused(site, known, act):
    asked = known.get(f"/privacy/{act}")
    stranger = Browser(site)
    stranger.choose(visits=True, ads=True)
    others = [known.get(f"/privacy/{each}").token for each in ACTS if each != act]
    for token in [None, "", "x", asked.token[:-1] + "_", stranger.get(f"/privacy/{act}").token, *others]:
        answer = known.post(asked.action, token)
        assert (answer.status, answer.cookies) == (403, [])


def test_a_form_is_worth_nothing_after_the_choice_has_changed(known):
    asked = known.get("/privacy/erase")
    known.choose(visits=True, ads=False)
    assert known.post(asked.action, asked.token).status == 403


def test_withdrawing_takes_back_every_yes_and_what_waits(site, known):
    known.buy()
    done = known.follow(known.confirm("withdraw"))
    assert 'role="status">Done.' in done.text
    assert '<td class="denied">no</td>' in done.text
    assert 'class="granted"' not in done.text
    assert "You took something back" in done.text
    assert known.buy() == 0
    (refusal,) = [refusal for refusals in refusals_of(site, known).values() for refusal in refusals]
    assert (refusal.purpose, refusal.standing) == ("", True)


def test_the_record_of_it_tells_how_and_in_which_words(site, known):
    known.headers["accept-language"] = "de"
    known.follow(known.confirm("withdraw"))
    (record,) = [
        claims["consent"]
        for _, claims in (verify_receipt(known.get(each).text, publics(site)) for each in receipts(known))
        if claims["consent"]["event"]["event_state"] == "withdrawn"
    ]
    processing = record["pii_processing"]
    assert (processing["collection_method"], processing["language"]) == ("privacy_page", "de")
    assert processing["privacy_notice"]["id"] == "privacy"


def test_after_a_withdrawal_a_yes_counts_again(known):
    known.confirm("withdraw")
    known.choose(visits=True, ads=True)
    assert known.buy() == 1


def test_who_is_unknown_opts_out_by_a_cookie_that_names_nobody(site, browser):
    asked, before = browser.get("/privacy/object"), sheets(site)
    answer = browser.post(asked.action, asked.token)
    assert answer.cookies == ["__Host-optout=1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=34560000"]
    page = browser.follow(answer)
    assert "This browser has opted out." in page.text
    assert "Done. Nothing about this browser is passed on any more." in page.text
    assert sheets(site) == before


def test_a_browser_that_keeps_no_cookie_is_not_told_that_it_has_opted_out(browser):
    asked = browser.get("/privacy/object")
    done = browser.post(asked.action, asked.token).header("location")
    assert "Done. Nothing about this browser is passed on any more." in browser.get(done).text
    browser.jar.clear()
    page = browser.get(done).text
    assert "Your browser has not kept the cookie" in page
    assert "Done." not in page


@pytest.mark.parametrize("act", ["withdraw", "object", "erase", "<script>"])
def test_no_address_of_the_page_makes_it_say_that_something_was_done(known, act):
    page = known.get(f"/privacy?done={act}").text
    assert "Done." not in page
    assert "<script" not in page


def test_an_opt_out_refuses_what_was_agreed_to_and_a_new_yes_ends_it(known):
    known.jar[OPT_OUT] = "1"
    assert known.buy() == 0
    known.choose(visits=True, ads=True)
    assert OPT_OUT not in known.jar
    assert known.buy() == 1


def test_objecting_is_a_request_that_can_be_followed(site, known):
    known.buy()
    answer = known.confirm("object")
    assert known.jar[OPT_OUT] == "1"
    page = ended(known, answer.header("location"))
    assert "Your request " in page.text
    assert "objection" in page.text
    assert '<h2 id="state">State: completed</h2>' in page.text
    overview = known.get("/privacy").text
    assert "This browser has opted out." in overview
    assert re.search(r'<td>objection</td><td class="day">20\d\d-\d\d-\d\d</td><td>completed</td>', overview)
    assert known.buy() == 0


def test_an_objection_holds_also_where_nobody_can_be_told(site, known, monkeypatch):
    async def away(*_):
        raise StoreUnavailable("away", 1)

    asked = known.get("/privacy/object")
    monkeypatch.setattr(site.gateway.store, "add", away)
    answer = known.post(asked.action, asked.token)
    assert answer.status == 503
    assert known.jar[OPT_OUT] == "1"
    assert known.buy() == 0


@pytest.mark.parametrize("act", ["object", "erase"])
def test_where_too_many_requests_come_from_a_no_holds_at_once_and_the_rest_has_to_wait(tmp_path, act):
    with Site(tmp_path, SETTINGS + "rights: {choices_per_minute: 1}\n") as site:
        browser = Browser(site)
        assert browser.choose(visits=True, ads=True).status == 200
        assert browser.confirm("export").status == 503
        answer = browser.confirm(act)
        assert (answer.status, answer.header("retry-after")) == (503, "60")
        keys = site.gateway.plan.keys
        record = open_receipt(browser.jar[CONSENT], keys.ring("consent-cookie"), "shop", time.time())
        subject = Subjects(keys.ring("subject")).digest(record.reference)
        assert [each.purpose for each in site.run(site.gateway.store.refusals_of([subject]))[subject]] == [""]
        assert browser.get("/privacy").status == 200


def test_a_copy_is_made_and_can_be_downloaded_by_the_browser_that_asked_alone(site, known):
    known.buy()
    link = known.confirm("export").header("location")
    page = ended(known, link)
    assert "completed" in page.text
    before = taken(site)
    package = known.post(page.action, page.token)
    assert package.header("content-disposition") == 'attachment; filename="my-data.zip"'
    with zipfile.ZipFile(io.BytesIO(package.body)) as archive:
        told = json.loads(archive.read("data.json"))
    assert [event["destination"] for event in told["events"]] == ["meta"]
    assert told["events"][0]["fields"]["order.value"] == "9.99"
    assert [consent["event"]["event_state"] for consent in told["consents"]] == ["given"]
    assert taken(site) == before + 1
    stranger = Browser(site)
    stranger.choose(visits=True, ads=True)
    seen = stranger.get(link)
    assert "completed" in seen.text
    assert "Download the copy" not in seen.text
    assert stranger.post(page.action, page.token).status == 403
    assert known.post(page.action, None).status == 403
    assert known.post(page.action, page.token, origin="https://evil.example").status == 403


def test_a_copy_that_cannot_be_evidenced_is_not_handed_out(site, known, monkeypatch):
    async def full(*args, **fields):
        raise LogUnavailable("full")

    link = known.confirm("export").header("location")
    page = ended(known, link)
    monkeypatch.setattr(site.gateway.evidence, "require", full)
    refused = known.post(page.action, page.token)
    assert (refused.status, refused.header("retry-after"), b"PK" in refused.body) == (503, "60", False)


def test_who_is_denied_or_kept_waiting_is_told_why_in_the_operators_words(site, known):
    link = known.confirm("object").header("location")
    ended(known, link)
    books = site.gateway.rights.books
    id = site.run(books.page("", 200))[-1].id
    words = "<script>x</script> & שלום"

    def altered(request):
        denial = Denial("claim_not_covered", words, "AbCdEf123_-x", int(time.time()))
        extension = Extension("there are <b>many</b>", 1, int(time.time()))
        return replace(request, state=State.DENIED, denial=denial, extension=extension)

    site.run(books.change(id, altered))
    for code in LANGUAGES:
        page = known.get(f"{link.partition('?')[0]}?lang={code}").text
        assert '<blockquote dir="auto">&lt;script&gt;x&lt;/script&gt; &amp; שלום</blockquote>' in page
        assert '<blockquote dir="auto">there are &lt;b&gt;many&lt;/b&gt;</blockquote>' in page
    site.run(books.change(id, lambda request: replace(request, state=State.COMPLETED, extension=None)))
    assert "blockquote" not in known.get(link).text


def test_asked_for_twice_it_is_one_request(site, known):
    asked = known.get("/privacy/export")
    first, second = known.post(asked.action, asked.token), known.post(asked.action, asked.token)
    again = known.confirm("export")
    codes = {re.search(r"Your request (\w+)", known.get(each.header("location")).text)[1] for each in (first, second)}
    assert len(codes) == 1
    assert len({path_of(each) for each in (first, second, again)}) == 3


def test_erasing_destroys_everything_and_leaves_a_link_and_a_cookie_that_name_nobody(site, known):
    known.buy()
    known.see()
    subject = subject_of(site, known)
    answer = known.confirm("erase")
    assert answer.status == 303
    assert known.jar == {OPT_OUT: "1"}
    link = answer.header("location")
    assert re.fullmatch(r"/privacy/r/[0-9a-f]{32}\?lang=en", link)
    page = ended(known, link)
    assert re.search(r"Your request [a-z0-9]{8,}", page.text)
    assert 'what we hold</th><td class="done">done</td>' in page.text
    assert "We hold nothing that we can link" in known.get("/privacy").text
    assert site.run(site.gateway.store.held([subject], 9)) == []
    assert [each for each in sheets(site) if subject in each.key + each.body] == []
    assert known.buy() == 0


def test_a_yes_after_an_erasure_is_another_visitors(site, known):
    known.buy()
    ended(known, known.confirm("erase").header("location"))
    known.choose(visits=True, ads=True)
    assert known.buy() == 1
    assert "records of your choices</th><td>us</td><td>1</td>" in known.get("/privacy").text


def test_a_link_that_nobody_has_leads_nowhere(browser):
    for link in ("0" * 32, "x", "..", "%2e%2e"):
        assert browser.get(f"/privacy/r/{link}").status == 404
        assert browser.get(f"/privacy/r/{link}/receipt").status == 404


def test_the_receipt_of_a_request_can_be_checked(site, known):
    link = known.confirm("object").header("location").partition("?")[0]
    ended(known, link)
    kind, claims = verify_receipt(known.get(f"{link}/receipt").text, publics(site))
    assert kind == "dsr"
    assert claims["iss"]


def test_a_browser_asks_for_so_much_a_day(site, known):
    for number in range(1, 11):
        assert known.confirm("export").status == 303
        site.until(lambda: known.get("/privacy").text.count("<td>completed</td>") == number)  # noqa: B023
    answer = known.confirm("export")
    assert answer.status == 429
    assert "Please try again tomorrow." in answer.text


def test_nobody_else_may_ask_in_another_way(browser):
    for method in ("PUT", "DELETE", "PATCH"):
        assert browser._ask(method, "/privacy/erase", ours()).status == 405


# ---------------------------------------------------------------------- what is looked up


def subject_of(site, browser):
    record = site.gateway.rights.desk._office.reader._record(browser.jar[CONSENT])
    return Subjects(site.gateway.plan.keys.ring("subject")).digest(record.reference)


def refusals_of(site, browser):
    return site.run(site.gateway.store.refusals_of([subject_of(site, browser)]))


def taken(site):
    """How many packages visitors have taken, as the log of evidence says."""
    rows = [json.loads(row.leaf) for row in read_log(site.data / FILE).rows]
    return sum((row["act"], row.get("by")) == ("dsr.package_taken", PERSON) for row in rows)


def receipts(browser):
    return [each for each in browser.get("/privacy").addresses if each.startswith("/privacy/receipts/")]


def sheets(site):
    books = ("consent.record", "privacy.link", "privacy.request", "recipients", "dsr.salt", "dsr.request")
    return [sheet for book in books for sheet in site.run(site.gateway.store.sheets(book, "", 99))]
