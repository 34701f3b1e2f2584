import pytest

from gateway.dsr.identities import Record
from gateway.errors import LogUnavailable
from tests.dsr.answering import NOW, SUBJECTS
from tests.web.dsr.asking import COOKIE, EMAIL, at_the_desk, leaves

USER = {"identity_type": "user_id", "identity_value": "u-1"}
WHO = {"subject_identities": [COOKIE]}
PATH = "/v1/suppressions"


def test_everything_or_a_purpose_is_refused_once_nothing_is_under_way(tmp_path):
    async def use(desk):
        before = await desk.ask("POST", f"{PATH}/check", WHO)
        one = await desk.ask("PUT", f"{PATH}/ads", WHO)
        everything = await desk.ask("PUT", f"{PATH}/all", WHO)
        assert desk.house.landings == [(SUBJECTS.digest("record-1"),)] * 2
        return before.json, one.json, everything.json, (await desk.ask("PUT", f"{PATH}/canary", WHO)).slug

    before, one, everything, unknown = at_the_desk(tmp_path, use)
    assert before == {"everything": False, "purposes": []}
    assert one == {"everything": False, "purposes": ["ads"]}
    assert (everything["everything"], unknown) == (True, "not-found")
    assert {b"suppression.checked", b"suppression.set"} <= leaves(tmp_path)


def test_whom_a_name_leads_to_is_refused_as_well(tmp_path):
    async def use(desk):
        await desk.house.store.link([(SUBJECTS.of("user", "u-1"), SUBJECTS.digest("record-1"))], NOW)
        await desk.ask("PUT", f"{PATH}/all", {"subject_identities": [USER]})
        return (await desk.ask("POST", f"{PATH}/check", WHO)).json

    assert at_the_desk(tmp_path, use)["everything"]


@pytest.mark.parametrize(
    ("scope", "record", "lifted"),
    [
        ("ads", Record("record-1", NOW + 10, ("ads",)), True),
        ("all", Record("record-1", NOW + 10, ("ads",)), True),
        ("ads", Record("record-1", NOW, ("ads",)), False),
        ("ads", Record("record-1", NOW - 10, ("ads",)), False),
        ("ads", Record("record-1", NOW + 10, ("measure",)), False),
        ("all", Record("record-1", NOW + 10, ()), False),
        ("ads", Record("another", NOW + 10, ("ads",)), False),
        ("ads", None, False),
    ],
)
def test_only_a_newer_yes_of_the_same_visitor_lifts_it(tmp_path, scope, record, lifted):
    async def use(desk):
        await desk.ask("PUT", f"{PATH}/{scope}", WHO)
        desk.house.records |= {"cookie-2": record} if record else {}
        answer = await desk.ask("DELETE", f"{PATH}/{scope}", {**WHO, "consent_record": "cookie-2"})
        return answer, (await desk.ask("POST", f"{PATH}/check", WHO)).json

    answer, told = at_the_desk(tmp_path, use)
    refuses = told["everything"] or bool(told["purposes"])
    assert (answer.status, answer.slug, refuses) == ((200, "", False) if lifted else (422, "consent-not-newer", True))
    assert (b"suppression.lifted" in leaves(tmp_path)) is lifted


def test_nobodys_yes_lets_anybody_else_through(tmp_path):
    """Beside the visitor who agrees stand a stranger, and another browser of the same account."""
    other = {"identity_type": "visitor_id", "identity_value": "cookie-3"}

    async def use(desk):
        store = desk.house.store
        desk.house.records |= {
            "cookie-2": Record("record-1", NOW + 10, ("ads",)),
            "cookie-3": Record("record-3", NOW - 10, ()),
        }
        await desk.ask("PUT", f"{PATH}/all", {"subject_identities": [COOKIE, USER, other]})
        body = {"subject_identities": [COOKIE, USER], "consent_record": "cookie-2"}
        strange = await desk.ask("DELETE", f"{PATH}/all", body)
        account = SUBJECTS.of("user", "u-1")
        await store.link([(account, SUBJECTS.digest("record-1")), (account, SUBJECTS.digest("record-3"))], NOW)
        known = await desk.ask("DELETE", f"{PATH}/all", {**body, "subject_identities": [USER]})
        here = [
            (await desk.ask("POST", f"{PATH}/check", {"subject_identities": [each]})).json for each in (COOKIE, other)
        ]
        own = (await store.refusals_of([account]))[account]
        return strange, known, [each["everything"] for each in here], [each.standing for each in own]

    strange, known, here, own = at_the_desk(tmp_path, use)
    assert (strange.status, strange.slug, known.status) == (422, "consent-not-newer", 200)
    assert (here, own) == ([False, True], [False])


def test_what_cannot_be_evidenced_is_not_done(tmp_path):
    async def use(desk):
        async def full(*args, **fields):
            raise LogUnavailable("full")

        desk.house.evidence.require = full
        refused = [await desk.ask("PUT", f"{PATH}/all", WHO), await desk.ask("POST", f"{PATH}/check", WHO)]
        return refused, await desk.house.store.refusals_of([SUBJECTS.digest("record-1")])

    refused, kept = at_the_desk(tmp_path, use)
    assert [(each.status, each.slug) for each in refused] == [(503, "log-unavailable")] * 2
    assert not kept


def test_somebody_who_is_known_and_somebody_who_is_not_get_the_same_answer(tmp_path):
    async def use(desk):
        return [await desk.ask("POST", f"{PATH}/check", {"subject_identities": [who]}) for who in (EMAIL, USER)]

    first, second = at_the_desk(tmp_path, use)
    assert (first.status, first.body, first.headers) == (second.status, second.body, second.headers)
