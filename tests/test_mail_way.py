"""A mail that is opened or followed, on the whole way from the request to the verdict and into the store."""

import asyncio
import secrets
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bootstrap.collecting import Heard, collector, reader
from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.salt import DailySalt
from gateway.collector import Candidate
from gateway.consent.receipt import COOKIE, Choice, ConsentRecord, seal
from gateway.errors import StoreUnavailable
from gateway.facts import Facts
from gateway.hit import Hit
from gateway.keys import Keys, Subjects
from gateway.mail.accept import path_of
from gateway.mail.token import Tokens
from gateway.region.databases import Database, Databases
from gateway.region.locate import Locator
from gateway.store.protocols import Refusal
from gateway.store.sqlite.engine import SqliteStore
from tests.bootstrap.configuration import GATEWAY, write
from tests.mail.made import CLICKED, DAY, OPENED, SENT
from tests.store.making import WRAPPING

KEYS = Keys(bytes(range(32)))
TOKENS, SUBJECTS = Tokens(KEYS.ring("mail-token")), Subjects(KEYS.ring("subject"))
RECORD = "9f3c-17"
MINE = SUBJECTS.digest(RECORD)
NOW = SENT + 3_600.0
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0"
MACHINE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
FRENCH, AMERICAN = "81.2.69.142", "93.184.216.34"
DATABASES = Databases((Database("table", lambda address: ("US-WY",) if str(address) == AMERICAN else ("FR",)),))

MAILS = "mail: {campaigns: {newsletter: [issue]}, click_hosts: [www.shop.example], lifetime: 30d}\n"
POLICY = """\
policy: 1
name: mails
extends: packs/baseline-2026.11.yaml
unknown_region: strictest
purposes:
  opens: {label: Seeing whether you open our mails, family: email_open, profile: plain}
  ads: {label: Showing our ads elsewhere, family: advertising, sale_or_share: true, profile: plain}
profiles:
  plain: {ip: truncate, user_agent: family, referrer: full, url: full, id: daily_hash, time: exact, geo: region, click: drop}
signals:
  trust: [{source: gateway_receipt}, {source: mail_token}]
destinations:
  own_stats:
    party: first
    events: {email_open: [opens], email_click: [opens]}
    fields: [event.name, event.time, email, page.url, page.referrer, client.ip, device.user_agent, id.user, params]
  meta: {party: third, controller_country: US, events: {purchase: [ads]}, fields: [event.name]}
"""


@pytest.fixture(scope="module")
def way(tmp_path_factory):
    config = write(tmp_path_factory.mktemp("mails"), GATEWAY + MAILS, POLICY)
    built = collector(read_plan(config), None, DailySalt(secrets.token_bytes), lambda *_: None, Heard(lambda _: None))
    return replace(built, locator=Locator(databases=DATABASES))


def opened(granted=DAY - 20, region="FR", subject=MINE, token=OPENED):
    return token._replace(subject=subject, granted=granted, region=region)


def cookie(way, record=RECORD, **answers):
    given_at = SENT - 86_400
    choices = tuple(Choice(name, yes, way.policy.purposes[name].terms) for name, yes in answers.items())
    sealed = seal(ConsentRecord(record, given_at, given_at + 90 * 86_400, choices), KEYS.ring("consent-cookie"), "shop")
    return f"{COOKIE}={sealed}".encode()


def hit(token, agent=PERSON, peer=FRENCH, now=NOW, **headers):
    fields = {name.replace("_", "-").encode(): [value] for name, value in headers.items()}
    fields[b"user-agent"] = [agent.encode()]
    return Hit("GET", path_of(token, TOKENS.seal(token)), "", fields, b"", peer, now, "shop", "mail")


def reason(way, *args, **more):
    ((verdict,),) = [each.decision.verdicts for each in way.weigh(hit(*args, **more))]
    return str(verdict.reason)


def test_an_open_of_somebody_who_agreed_is_told_without_address_mailbox_or_reader(way):
    for token, name in ((opened(), "email_open"), (opened(token=CLICKED), "email_click")):
        ((event,),) = [each.events for each in way.weigh(hit(token, referer=b"https://mail.example/inbox/ann"))]
        assert dict(event.fields) == {
            "event.name": name,
            "event.time": "2026-11-25T10:46:40Z",
            "email.campaign": "newsletter",
            "email.message": "issue",
            "client.ip": "81.2.69.0",
            "device.user_agent": event.fields["device.user_agent"],
        }
        assert event.subject == MINE and RECORD not in event.to_json() and "mail.example" not in event.to_json()
        assert event.destination == "own_stats"


def test_the_yes_is_the_tokens_alone(way):
    assert reason(way, opened()) == "consent"
    assert reason(way, opened(), cookie=cookie(way, opens=True)) == "consent"
    assert reason(way, opened(granted=DAY - 300), cookie=cookie(way, opens=True)) == "consent_expired"
    assert way.weigh(hit(OPENED, cookie=cookie(way, opens=True))) == []


def test_without_the_policys_trust_nothing_is_told_whatever_the_law_asks_for(tmp_path, way):
    plan = read_plan(write(tmp_path, GATEWAY + MAILS, POLICY.replace(", {source: mail_token}", "")))
    deaf = replace(way, reader=reader(plan), policy=plan.policy)
    for region in ("FR", "US-TX"):
        assert reason(way, opened(region=region), peer=AMERICAN) in ("consent", "no_objection", "notice")
        assert reason(deaf, opened(region=region), peer=AMERICAN) == "refused"


def test_a_yes_lasts_as_long_as_the_policy_says(way):
    assert reason(way, opened(granted=DAY - 170)) == "consent"
    assert reason(way, opened(granted=DAY - 300)) == "consent_expired"
    assert way.weigh(hit(opened(granted=DAY - 3_000, region="US-TX"), peer=AMERICAN)) == []


def test_a_no_of_the_request_counts_wherever_it_stands(way):
    assert reason(way, opened(), cookie=cookie(way, opens=False)) == "refused"
    assert reason(way, opened(), dnt=b"1") == "signal_dnt"
    assert reason(way, opened(), cookie=b"__Host-consent=a; __Host-consent=b") == "refused"


def test_the_choice_of_another_record_makes_it_somebody_elses(way):
    assert reason(way, opened(), cookie=cookie(way, record="other", opens=True)) == "refused"


def test_an_event_is_filed_under_the_record_of_who_reads(way):
    def filed(**headers):
        of_a_mail = hit(opened(), **headers)
        raw = way.pixels["mail"].decode(of_a_mail)[0]
        consent = way.reader.read(of_a_mail)
        occasion = way._occasion(of_a_mail, Facts(("FR",), consent.signals), consent.record)
        return way._as_told(raw, occasion, way.reader, {}).subject

    assert filed() == filed(cookie=cookie(way, opens=True)) == MINE
    assert filed(cookie=cookie(way, record="other", opens=True)) == SUBJECTS.digest("other")


def test_a_machine_is_no_reader(way):
    assert reason(way, opened(), agent=MACHINE) == "bot"
    assert reason(way, opened(), now=SENT + 5.0) == "bot"
    assert reason(way, opened(), sec_purpose=b"prefetch") == "bot"
    assert reason(way, opened(), agent="") == "bot"


def test_the_law_is_that_of_the_reader_and_of_the_place_or_of_everywhere(way):
    facts = {
        (peer, region): way.weigh(hit(opened(region=region), peer=peer))[0].facts.regions
        for peer in (FRENCH, AMERICAN, "10.0.0.1")
        for region in ("", "FR", "US-TX")
    }
    assert {found for (_, region), found in facts.items() if not region} == {()}
    assert facts[AMERICAN, "FR"] == ("US-WY", "FR") and facts[FRENCH, "FR"] == ("FR",)
    assert facts["10.0.0.1", "US-TX"] == ("unknown", "US-TX")


def test_a_vendors_open_pixel_that_a_mailbox_fetched_was_opened_by_nobody_either(way):
    target = "/wf/open"
    facts = [
        way.weigh(
            Hit(
                "GET",
                target,
                "upn=u001.abcdefghijklmnop",
                {b"user-agent": [agent]},
                b"",
                FRENCH,
                NOW,
                "shop",
                "sendgrid_open",
            )
        )[0].facts.bot
        for agent in (MACHINE.encode(), b"Mozilla/5.0", PERSON.encode())
    ]
    assert facts == [True, True, False]


def test_a_candidate_hears_the_token_as_it_trusts_it(way, tmp_path):
    compared = []
    untrusting = POLICY.replace(", {source: mail_token}", "")
    deaf = reader(read_plan(write(tmp_path, GATEWAY + MAILS, untrusting)))
    for heard_by in (way.reader, deaf):
        candidate = Candidate(heard_by, way.policy, way.routes, lambda ours, theirs: compared.append(theirs))
        asked, one = replace(way, candidate=candidate), hit(opened(), cookie=cookie(way, opens=True))
        asked._shadow(one, asked.pixels["mail"].decode(one), asked.weigh(one))
    assert [str(each.verdicts[0].reason) for each in compared] == ["consent", "refused"]


ORDER = st.fixed_dictionaries(
    {
        "granted": st.sampled_from([DAY - 300, DAY - 20]),
        "region": st.sampled_from(["", "FR", "US-TX"]),
        "peer": st.sampled_from([FRENCH, AMERICAN]),
    }
)
LESS = st.sampled_from(
    ["dnt", "gpc", "refused", "foreign", "machine", "hasty", "unnamed", "nobody", "late", "withdrawn"]
)


def test_less_consent_never_lets_more_leave(way):
    @given(ORDER, LESS)
    @settings(max_examples=150, deadline=None)
    def holds(order, less):
        compare(way, order, less)

    holds()


def compare(way, order, less):
    token = opened(order["granted"], order["region"])
    plain = hit(token, peer=order["peer"])
    lesser = {
        "dnt": lambda: hit(token, peer=order["peer"], dnt=b"1"),
        "gpc": lambda: hit(token, peer=order["peer"], sec_gpc=b"1"),
        "refused": lambda: hit(token, peer=order["peer"], cookie=cookie(way, opens=False)),
        "foreign": lambda: hit(token, peer=order["peer"], cookie=cookie(way, record="other", opens=True)),
        "machine": lambda: hit(token, MACHINE, order["peer"]),
        "hasty": lambda: hit(token, peer=order["peer"], now=SENT + 1.0),
        "unnamed": lambda: hit(token._replace(message="other"), peer=order["peer"]),
        "nobody": lambda: hit(token._replace(subject="", granted=0, region=""), peer=order["peer"]),
        "late": lambda: hit(token, peer=order["peer"], now=SENT + 40.0 * 86_400),
        "withdrawn": lambda: plain,
    }[less]()
    more, fewer = sent(way, plain), sent(way, lesser, withdrawn=less == "withdrawn")
    assert fewer <= more
    if less not in ("gpc",):
        assert fewer == set()


def sent(way, one, withdrawn=False):
    raws = way.pixels["mail"].decode(one)
    taken_back = {MINE: (Refusal("", SENT + 60),)} if withdrawn else {}
    return {
        (event.name, *event.fields) for each in way._weigh(one, raws, withdrawn=taken_back) for event in each.events
    }


def test_what_was_taken_back_since_the_mail_was_sent_is_asked_before_anything_is_kept(way, tmp_path):
    async def use():
        store = SqliteStore(tmp_path, WRAPPING)
        await store.open()
        kept = replace(way, queue=store)
        first = await kept.collect(hit(opened()))
        await store.refuse(MINE, ["opens"], int(NOW) - 60)
        second = await kept.collect(hit(opened()))
        await store.lift(MINE, ["opens"])
        third = await kept.collect(hit(opened()))
        await store.refuse(MINE, None, int(NOW) - 60)
        fourth = await kept.collect(hit(opened(token=CLICKED)))
        depths = await store.depths()
        await store.close()
        with pytest.raises((StoreUnavailable, RuntimeError)):
            await kept.collect(hit(opened()))
        return [first, second, third, fourth], [depth.events for depth in depths]

    assert asyncio.run(use()) == ([1, 0, 1, 0], [2])
