from gateway.consent.ballot import Ballot
from gateway.consent.meaning import CATEGORIES, CATEGORIES_OF, TCF_OF, Answer, Meaning, Question, answer, questions
from gateway.consent.rules import PlainPurpose, ReadingRules
from gateway.consent.tcf import PURPOSES
from gateway.facts import ConsentSource, Vote
from gateway.taxonomy import FAMILIES

RULES = ReadingRules(
    {
        "operate": PlainPurpose("necessary"),
        "insight": PlainPurpose("analytics"),
        "measure": PlainPurpose("advertising", sale_or_share=True),
        "panel": PlainPurpose("email_open", sale_or_share=True),
    }
)


def asked(trust, default=CATEGORIES_OF):
    return {question.purpose: question for question in questions(RULES, trust, default)}


def test_the_tables_know_only_families_and_categories():
    assert set(CATEGORIES_OF) | set(TCF_OF) <= set(FAMILIES)
    assert {name for meaning in CATEGORIES_OF.values() for names in meaning for name in names} <= set(CATEGORIES)
    assert {name for meaning in TCF_OF.values() for name in meaning.needs} <= {str(n) for n in range(1, PURPOSES + 1)}


def test_nothing_is_asked_about_necessary_purposes():
    assert "operate" not in asked(None)
    assert "operate" not in asked(None, TCF_OF)


def test_an_untrusted_source_may_refuse_by_default_and_never_grants():
    assert asked(None)["insight"] == Question("insight", Meaning(("analytics",), ("unknown",)), False, False)


def test_a_trusted_source_without_a_map_grants_by_default():
    assert asked(ConsentSource("cmp", "onetrust"))["insight"].may_grant


def test_a_map_answers_its_purposes_and_the_default_can_only_refuse_the_others():
    found = asked(ConsentSource("cmp", "onetrust", "", (("C0002", ("insight",)), ("C0009", ("insight", "nowhere")))))
    assert found["insight"] == Question("insight", Meaning(("C0002", "C0009")), True, True)
    assert (found["measure"].may_grant, found["measure"].mapped) == (False, False)
    assert "nowhere" not in found


def test_a_tcf_key_needs_all_its_purposes():
    found = asked(ConsentSource("tcf", "", "", (("1+7", ("measure",)), ("9", ("measure",)))), TCF_OF)
    assert found["measure"].meaning == Meaning(("1", "7", "9"))


def test_what_the_policy_calls_a_sale_is_refused_with_it():
    assert "sale_share" in asked(None)["measure"].meaning.vetoes
    assert asked(None)["panel"].meaning == Meaning((), ("sale_share",))
    assert "panel" not in asked(None, TCF_OF)


def votes(question, **states):
    return answer("s", [question], Answer(states, states, True, 7))


def test_all_needs_must_be_granted():
    question = Question("insight", Meaning(("a", "b"), ("c",)), True, True)
    assert votes(question, a=True, b=True).votes == (Vote("insight", "s", True, True, True, 7),)
    assert votes(question, a=True) == Ballot()
    assert votes(question) == Ballot()


def test_one_refusal_refuses():
    question = Question("insight", Meaning(("a", "b"), ("c",)), True, True)
    assert votes(question, a=True, b=False).votes[0].grant is False
    assert votes(question, a=True, b=True, c=False).reasons == ("refused c",)


def test_a_question_without_needs_is_never_granted():
    assert votes(Question("insight", Meaning((), ("c",)), True, True), c=True) == Ballot()


def test_a_mapped_question_is_put_to_the_source_itself_and_another_to_the_common_categories():
    said = Answer({"x": True}, {"x": False}, True, None)
    assert answer("s", [Question("p", Meaning(("x",)), True, True)], said).votes[0].grant
    assert not answer("s", [Question("p", Meaning(("x",)), True, False)], said).votes[0].grant


def test_a_purpose_may_say_itself_which_categories_it_needs():
    asked = {"ads": PlainPurpose("advertising", cmp=("social",)), "own": PlainPurpose("analytics", tcf=(1, 9))}
    rules = ReadingRules(asked)
    by_category = {each.purpose: each.meaning for each in questions(rules, None, CATEGORIES_OF)}
    assert by_category["ads"] == Meaning(("social",), ("unknown", "sale_share"))
    assert by_category["own"] == CATEGORIES_OF["analytics"]
    by_tcf = {each.purpose: each.meaning for each in questions(rules, None, TCF_OF)}
    assert by_tcf == {"ads": TCF_OF["advertising"], "own": Meaning(("1", "9"))}
