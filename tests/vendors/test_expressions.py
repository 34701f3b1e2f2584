"""The values of a manifest are compiled to what they say, and nothing missing is ever sent."""

import pytest

from gateway.marked_yaml import load
from gateway.vendors.expressions import Compiler, Names, Scope, near

FIELDS = {
    "order.value": "59.90",
    "order.currency": "EUR",
    "order.items": [{"item_id": "A", "quantity": 2}, {"item_id": "B"}],
    "page.url": "https://shop.example/?utm_source=n&email=ann",
    "id.visitor": "v1",
    "event.name": "purchase",
    "geo.region": "CA",
}
NAMES = Names(frozenset({"pixel_id", "rules"}), frozenset({"token"}), frozenset({"v"}))


def scope(**more):
    made = Scope({"pixel_id": "12345", "rules": {"purchase": "r-1"}}, {"token": "T"}, b"key")
    made.fields = FIELDS
    made.consent = {"ad_storage": True, "ad_user_data": False}
    made.kept = {"v": "2"}
    made.vendor_event = "Purchase"
    for name, value in more.items():
        setattr(made, name, value)
    return made


def compiled(text):
    document = load(text, "x.yaml")
    compiler = Compiler(document, NAMES)
    node = compiler.value(document.value["v"], ("v",))
    return node, compiler.findings


def evaluated(text, **more):
    node, findings = compiled(text)
    assert findings == []
    return node.run(scope(**more))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("v: website", "website"),
        ("v: 1", 1),
        ("v: [LDU]", ["LDU"]),
        ("v: []", []),
        ("v: = order.value", "59.90"),
        ("v: = order.value | number", 59.9),
        ("v: = order.tax | number", None),
        ("v: = order.currency | number", None),
        ("v: = vendor_event", "Purchase"),
        ("v: = settings.pixel_id", "12345"),
        ("v: = settings.rules.purchase", "r-1"),
        ("v: = settings.rules.refund", None),
        ("v: = secret.token", "T"),
        ("v: = kept", {"v": "2"}),
        ("v: {$first: [= order.tax, = order.value, x]}", "59.90"),
        ("v: {$first: [= order.tax, = kept.v]}", "2"),
        ("v: {$first: [= order.tax]}", None),
        ("v: {$each: = order.items, $do: = item.item_id, $join: ';'}", "A;B"),
        ("v: {$each: = order.items, $do: = item.price, $join: ';'}", None),
        ("v: = kept.v", "2"),
        ("v: = order.items | pluck('item_id') | join('|')", "A|B"),
        ("v: = order.items | sum('quantity')", 2),
        ("v: = order.value | minor('order.currency')", 5990),
        ("v: = order.tax | default('a, b')", "a, b"),
        ("v: \"{{ order.currency | lower }}:{{ order.value | money2 }}\"", "eur:59.90"),
        ("v: \"{{ order.currency }}:{{ order.tax }}\"", None),
        ("v: {a: = order.tax, b: = order.value}", {"b": "59.90"}),
        ("v: {a: = order.tax}", None),
        ("v: {a: {b: = order.tax}, c: 1}", {"c": 1}),
        ("v: [= order.tax, = order.value]", ["59.90"]),
        ("v: {$if: = order.value, $then: yes, $else: no}", "yes"),
        ("v: {$if: = order.tax, $then: yes}", None),
        ("v: {$if: = consent.ad_storage, $then: null, $else: true}", None),
        ("v: {$case: = event.name, $of: {purchase: \"0\"}, $default: x}", "0"),
        ("v: {$case: = order.currency, $of: {USD: d}, $default: = order.currency}", "EUR"),
        ("v: {$grant: ad_storage, $value: = id.visitor}", "v1"),
        ("v: {$grant: ad_user_data, $value: = id.visitor, $else: none}", "none"),
        ("v: {$grant: [ad_storage, ad_user_data], $value: = id.visitor}", None),
        ("v: {$lookup: = event.name, $in: = settings.rules}", "r-1"),
        ("v: {$lookup: = order.currency, $in: {EUR: e}, $default: x}", "e"),
        ("v: {$lookup: = order.value, $in: {EUR: e}, $default: x}", "x"),
        ("v: {$each: = order.items, $do: {id: = item.item_id, n: = item.quantity, at: = index}}",
         [{"id": "A", "n": 2, "at": 0}, {"id": "B", "at": 1}]),
        ("v: {$each: = order.tax, $do: = item}", None),
        ("v: {$merge: [{a: 1, b: 1}, = kept, {b: 2}]}", {"a": 1, "b": 2, "v": "2"}),
        ("v: {$$insert_id: x}", {"$insert_id": "x"}),
    ],
)  # fmt: skip
def test_a_value_is_compiled(text, value):
    assert evaluated(text) == value


def test_a_pseudonym_depends_on_the_key_of_the_destination():
    ours = evaluated("v: = id.visitor | hmac")
    assert len(ours) == 32
    assert ours == evaluated("v: = id.visitor | hmac")
    assert ours != evaluated("v: = id.visitor | hmac", key=b"another")


def test_fields_are_the_whole_event_by_group():
    assert evaluated("v: = fields")["geo"] == {"region": "CA"}


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("v: = ordr.value", "M004", 'did you mean "order"?'),
        ("v: = order.valeu", "M004", ""),
        ("v: = settings.nope", "M004", ""),
        ("v: = secret.nope", "M004", ""),
        ("v: = kept.fmt", "M004", ""),
        ("v: = item.item_id", "M004", ""),
        ("v: = consent.all", "M004", ""),
        ("v: = subject.id.user", "M004", None),
        ("v: = __class__.x", "M004", None),
        ("v: = order.value | nmber", "M005", 'did you mean "number"?'),
        ("v: = order.value | truncate", "M005", ""),
        ("v: = order.value | truncate(3)", "M005", ""),
        ("v: = order.value | default('a', 'b')", "M005", ""),
        ("v: {$fi: = order.value}", "M003", 'did you mean "$if"?'),
        ("v: {$if: = order.value, $them: 1}", "M003", 'did you mean "$then"?'),
        ("v: {$grant: all, $value: 1}", "M003", None),
        ("v: {$case: = event.name, $of: 1}", "M003", ""),
        ("v: {$merge: 1}", "M003", ""),
    ],
)
def test_what_nobody_has_is_found_at_its_place(text, code, hint):
    _, findings = compiled(text)
    assert [finding.code for finding in findings] == [code]
    assert (findings[0].file, findings[0].line) == ("x.yaml", 1)
    assert findings[0].column >= 4
    if hint is not None:
        assert findings[0].hint == hint


def test_an_erasure_knows_its_subject_and_the_answer_before():
    document = load("v: {a: = subject.id.user, b: = answer.result}", "x.yaml")
    compiler = Compiler(document, NAMES, ["subject", "answer"])
    compiler.value(document.value["v"], ("v",))
    assert compiler.findings == []


def test_nested_loops_keep_their_items_apart():
    text = "v: {$each: = order.items, $do: {o: = item.item_id, i: {$each: = order.items, $do: = item.item_id}, p: = item.item_id}}"
    assert evaluated(text)[1] == {"o": "B", "i": ["A", "B"], "p": "B"}


def test_a_word_far_from_all_others_gets_no_hint():
    assert near("zzzz", ["order"]) == ""
