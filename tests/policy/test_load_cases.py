import pytest

from tests.policy.made import SMALL, TODAY, codes, findings, small

TEST = "{name: silence is no, given: {region: FR}, expect: {meta: deny}}"


def test_a_test_holds_what_it_says():
    entry = "{name: n, given: {region: [FR, unknown], event: view, consent: {ads: yes}, consent_age: 2y, age: 15, gpc: yes}, expect: {meta: deny (minor)}, sends: {own: {page.url: never}}}"
    case = small(TEST, entry).cases[0]
    assert case.regions == ("FR", "unknown")
    assert case.given.consent == (("ads", True),)
    assert (case.given.consent_age, case.given.age, case.given.gpc, case.given.dnt) == (730, 15, True, False)
    assert [(one.destination, one.allow, one.reason) for one in case.expect] == [("meta", False, "minor")]
    assert [one[:3] for one in case.sends] == [("own", "page.url", "never")]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{name: n, given: {region: FRA}, expect: {meta: deny}}", "P012"),
        ("{name: n, given: {region: []}, expect: {meta: deny}}", "P081"),
        ("{name: n, given: {consent: {adds: yes}}, expect: {meta: deny}}", "P021"),
        ("{name: n, given: {consent_age: old}, expect: {meta: deny}}", "P040"),
        ("{name: n, given: {age: -1}, expect: {meta: deny}}", "P041"),
        ("{name: n, given: {gpc: 1}, expect: {meta: deny}}", "P004"),
        ("{name: n, given: {region: FR}, expect: {meta: maybe}}", "P081"),
        ("{name: n, given: {region: FR}, expect: {meta: deny (no_consnt)}}", "P081"),
        ("{name: n, given: {region: FR}, expect: {meta: deny no_consent}}", "P081"),
        ("{name: n, given: {region: FR}}", "P081"),
        ("{given: {region: FR}, expect: {meta: deny}}", "P081"),
        ("{name: n, expect: {meta: deny}}", "P081"),
        ("{name: n, given: {region: FR}, sends: {metta: {page.url: never}}}", "P082"),
        ("{name: n, given: {region: FR}, sends: {meta: {page.uri: never}}}", "P060"),
        ("{name: n, given: {region: FR}, sends: {meta: {page.url: none}}}", "P063"),
        ("{name: n, given: {region: FR}, sends: {meta: {page.title: path}}}", "P063"),
        ("{name: n, given: {region: FR}, expct: {meta: deny}}", "P001"),
        ("{name: no, never, given: {region: FR}, expect: {meta: deny}}", "P081"),
    ],
)
def test_a_test_that_cannot_be_run_is_an_error(entry, code):
    assert code in codes(TEST, entry)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{name: n}", "P081"),
        ("{deny: [meta]}", "P081"),
        ("{name: n, deny: [metta]}", "P082"),
        ("{name: n, never_sends: {client.ip: some}}", "P063"),
        ("{name: n, never_sends: {client.op: any}}", "P060"),
        ("{name: n, when: {regin: FR}, deny: [meta]}", "P001"),
        ("{name: n, whenever: {region: FR}, deny: [meta]}", "P001"),
        ("{name: n, when: {region: [FRA]}, deny: [meta]}", "P012"),
    ],
)
def test_a_promise_that_cannot_be_proved_is_an_error(entry, code):
    assert code in codes(text=f"{SMALL}always: [{entry}]\n")


def test_a_finding_names_the_section_it_is_in():
    (found,) = findings(text=f"{SMALL}always: [{{name: n, deny: [meta], evr: x}}]\n", today=TODAY)
    assert found.message == 'unknown key "evr" in always'
