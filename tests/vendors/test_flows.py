"""No class of data leaves but under the grants that the manifest declares: proven when it is loaded."""

import pytest

from gateway.errors import ConfigurationError
from gateway.vendors.flows import class_of, label
from gateway.vendors.manifest import load_manifest


def refused(text, file):
    with pytest.raises(ConfigurationError) as error:
        load_manifest(text, file)
    return [(finding.code, finding.message, finding.hint) for finding in error.value.findings]


def mutated(texts, file, old, new):
    assert old in texts[file]
    return refused(texts[file].replace(old, new), file)


def test_a_hash_without_its_grant_is_found(texts):
    found = mutated(
        texts, "meta.yaml", "em: {$grant: ad_user_data, $value: = contact.email_sha256 | list}",
        "em: = contact.email_sha256 | list",
    )  # fmt: skip
    assert found == [
        (
            "M010",
            "user_data.em: contact.email_sha256 (contact_hash) leaves under the grants [ad_storage]",
            "it needs [ad_user_data]",
        )
    ]


def test_a_page_address_that_is_not_cleaned_is_found(texts):
    found = mutated(texts, "meta.yaml", "event_source_url: = page.url | url.clean", "event_source_url: = page.url")
    assert found == [
        (
            "M010",
            "event_source_url: page.url (page_url) leaves under the grants [ad_storage]",
            "privacy.sends does not name page_url",
        )
    ]


def test_free_text_is_found(texts):
    found = mutated(
        texts, "meta.yaml", "      num_items:", "      search_string: = params.search_term\n      num_items:"
    )
    assert found == [
        (
            "M010",
            "custom_data.search_string: params.search_term (free_text) leaves under the grants [ad_storage]",
            "privacy.sends does not name free_text",
        )
    ]


def test_a_bare_address_is_found(texts):
    old, new = "{$grant: ad_user_data, $value: = client.ip}", "= client.ip"
    assert mutated(texts, "meta.yaml", old, new) == [
        (
            "M010",
            "user_data.client_ip_address: client.ip (ip) leaves under the grants [ad_storage]",
            "it needs [ad_user_data]",
        )
    ]


def test_a_bare_region_is_found(texts):
    old = "\"= geo.region | map('CA:1000','US-CA:1000') | default('0') | int\""
    assert mutated(texts, "meta.yaml", old, "= geo.region") == [
        (
            "M010",
            "data_processing_options_state: geo.region (geo) leaves under the grants [ad_storage]",
            "it needs [ad_user_data]",
        )
    ]


def test_a_condition_shows_in_what_is_sent(texts):
    old = "content_type: {$if: = order.items, $then: product}"
    found = mutated(texts, "meta.yaml", old, "content_type: {$if: = contact.email_sha256, $then: product}")
    assert [message for _, message, _ in found] == [
        "custom_data.content_type: contact.email_sha256 (contact_hash) leaves under the grants [ad_storage]"
    ]
    reduced = texts["meta.yaml"].replace(old, "content_type: {$if: = contact.email_sha256 | bool, $then: product}")
    assert load_manifest(reduced, "meta.yaml").id == "meta"


def test_a_value_in_the_address_flows_too(texts):
    found = mutated(
        texts, "meta.yaml", "{{ account }}/events", "{{ account }}/events/{{ id.user }}?x={{ geo.country }}"
    )
    assert {message for _, message, _ in found} == {
        "request.url: geo.country (geo) leaves under the grants [ad_storage]",
    }


def test_items_carry_the_class_of_their_list(texts):
    old = "$do: {id: = item.item_id, quantity: = item.quantity, item_price: = item.price | number}"
    assert old in texts["meta.yaml"]
    text = texts["meta.yaml"].replace(
        f"$each: = order.items\n        {old}", "$each: = params.people\n        $do: = item.name"
    )
    assert {message for _, message, _ in refused(text, "meta.yaml")} == {
        "custom_data.contents: params.people (free_text) leaves under the grants [ad_storage]",
        "custom_data.contents: params.people[].name (free_text) leaves under the grants [ad_storage]",
    }


def test_the_whole_event_needs_every_class(texts):
    found = mutated(texts, "webhook.yaml", "    contact_hash: []\n", "")
    assert found == [
        (
            "M010",
            "data: fields (contact_hash) leaves under the grants [none]",
            "privacy.sends does not name contact_hash",
        )
    ]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("order.id", "order_id"),
        ("order.value", "commerce"),
        ("params.lead_id", "order_id"),
        ("params.anything", "free_text"),
        ("page.title", "page_title"),
        ("email.message", "visitor_id"),
        ("email.campaign", "event"),
        ("click.gclid", "click_id"),
        ("id.hubspotutk", "visitor_id"),
        ("event.time", "event"),
        ("utm.source", "event"),
    ],
)
def test_every_field_has_a_class(path, data):
    assert class_of(path) == data


def test_a_label_names_the_field_and_no_directive():
    assert label(("api", "event", "$merge", 1, "items", "$each")) == "items"
    assert label(("api", "event", "a", "$case", "$of", "purchase")) == "a"
    assert label(("api", "request", "body", "x")) == "request.body.x"


@pytest.mark.parametrize("function", ["sha256", "hex", "hex('64')", "lower | sha256"])
def test_a_hash_of_an_address_without_a_key_is_found(texts, function):
    found = mutated(texts, "meta.yaml", "$value: = client.ip}", f'$value: "= client.ip | {function}"}}')
    assert [code for code, *_ in found] == ["M012"]
