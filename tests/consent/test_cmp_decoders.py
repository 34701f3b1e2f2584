import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.consent.cmp_decoders import DECODERS, CmpAnswer, decode_cookiebot, decode_optanon

CLOSED = {"OptanonAlertBoxClosed": ["2026-10-01T08:15:30.236Z"]}
DAY = 20_727  # 2026-10-01


def optanon(groups, rest="&AwaitingReconsent=false", companions=CLOSED):
    return decode_optanon(f"isGpcEnabled=0&datestamp=Thu+Oct&groups={groups}{rest}", companions)


def test_onetrust_groups_are_yes_and_no():
    answer = optanon("C0001%3A1%2CC0002%3A0%2C")
    assert answer.states == {"C0001": True, "C0002": False}
    assert (answer.explicit, answer.day, answer.gpc, answer.problem) == (True, DAY, False, "")


@pytest.mark.parametrize(
    "companions",
    [{}, {"OptanonAlertBoxClosed": []}, {"OptanonAlertBoxClosed": ["true"]}, {"OptanonAlertBoxClosed": ["2026-10-01"]}],
)
def test_onetrust_without_the_time_of_an_answer_is_not_explicit(companions):
    assert not optanon("C0002%3A1", companions=companions).explicit


def test_onetrust_with_two_times_takes_the_earlier():
    assert (
        optanon(
            "C0002%3A1",
            companions={"OptanonAlertBoxClosed": ["2026-10-03T00:00:00Z", *CLOSED["OptanonAlertBoxClosed"]]},
        ).day
        == DAY
    )
    assert not optanon(
        "C0002%3A1", companions={"OptanonAlertBoxClosed": ["x", *CLOSED["OptanonAlertBoxClosed"]]}
    ).explicit


def test_onetrust_awaiting_another_answer_is_not_explicit():
    assert not optanon("C0002%3A1", "&AwaitingReconsent=true").explicit


def test_onetrust_tells_of_gpc_even_when_its_groups_are_garbled():
    answer = optanon("C0002%3A1%2C%3F", "&browserGpcFlag=1")
    assert answer.gpc
    assert answer.problem


def test_onetrust_refusals_stand_when_the_rest_is_garbled():
    answer = optanon("C0002%3A0%2CC0004%3Ayes")
    assert answer.states == {"C0002": False}
    assert (answer.explicit, bool(answer.problem)) == (False, True)


def test_onetrust_saying_both_says_no():
    assert optanon("C0002%3A1%2CC0002%3A0%2CC0002%3A1").states == {"C0002": False}


def test_a_onetrust_field_given_twice_is_a_problem():
    assert optanon("C0002%3A1", "&groups=C0002%3A0").problem
    assert optanon("C0002%3A1", "&groups=C0002%3A0").states == {"C0002": False}
    assert optanon("C0002%3A1", "&AwaitingReconsent=false&AwaitingReconsent=true").problem


def cookiebot(text, **fields):
    fields = {
        "stamp": "'abc+/=='",
        "method": "'explicit'",
        "ver": "1",
        "utc": "1790841600000",
        "region": "'de'",
    } | fields
    inner = ",".join([text, *(f"{key}:{value}" for key, value in fields.items())])
    return decode_cookiebot("{" + inner.replace("'", "%27").replace(",", "%2C") + "}", {})


def test_cookiebot_categories_are_yes_and_no():
    answer = cookiebot("necessary:true,statistics:true,marketing:false")
    assert answer.states == {"necessary": True, "statistics": True, "marketing": False}
    assert (answer.explicit, answer.day, answer.problem) == (True, DAY, "")


@pytest.mark.parametrize("fields", [{"method": "'implied'"}, {"stamp": "'0'"}, {"stamp": "'-1'"}, {"method": "true"}])
def test_cookiebot_without_an_act_of_the_visitor_is_not_explicit(fields):
    assert not cookiebot("marketing:true", **fields).explicit


def test_cookiebot_strings_are_handed_on():
    answer = cookiebot("marketing:true", iab2="'CPabc'", gacm="'1~2.3'")
    assert (answer.tc, answer.ac) == ("CPabc", "1~2.3")


@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_bare_cookiebot_number_is_no_answer(value):
    assert decode_cookiebot(value, {}) == CmpAnswer({})


@pytest.mark.parametrize(
    "value",
    [
        "", "{", "{}", "}{", "true", "%", "{marketing:true", "[marketing:true]", "{marketing:yes}", "{marketing:true;}",
        "{marketing:true,marketing:true}", "{a:'\\',marketing:true,b:''}", "{marketing :true}", '{"marketing":true}',
        "{marketing:1,}x", "{marketing:'tr''ue'}", "{utc:" + "9" * 5000 + "}",
    ],
)  # fmt: skip
def test_what_cookiebot_does_not_write_is_a_problem(value):
    answer = decode_cookiebot(value, {})
    assert answer.problem
    assert not answer.explicit


def test_a_cookiebot_refusal_stands_when_the_rest_is_garbled():
    assert decode_cookiebot("{marketing:false,x:?}", {}).states == {"marketing": False}


@pytest.mark.parametrize("name", sorted(DECODERS))
@settings(max_examples=200)
@given(st.data())
def test_no_decoder_raises_and_a_problem_is_never_explicit(name, data):
    text = st.one_of(
        st.text(st.characters(max_codepoint=255), max_size=120),
        st.lists(
            st.sampled_from(
                [
                    "{",
                    "}",
                    ":",
                    ",",
                    "'",
                    "%",
                    "&",
                    "=",
                    "%27",
                    "groups=",
                    "C0002",
                    ":1",
                    ":0",
                    "true",
                    "false",
                    "utc",
                    "stamp",
                    "1",
                    "-9",
                ]
            ),
            max_size=20,
        ).map("".join),
    )
    companions = {"OptanonAlertBoxClosed": data.draw(st.lists(text, max_size=2))}
    answer = DECODERS[name](data.draw(text), companions)
    assert not (answer.problem and answer.explicit)
    assert all(value in {True, False} for value in answer.states.values())
