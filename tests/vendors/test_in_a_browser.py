"""The lines that a shop pastes send its events in a real browser, and of its buyer nothing."""

import json
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser

PAGE = (Path(__file__).parents[2] / "docs/how-to/take-shop-events.md").read_text()
SHOPIFY, MAGENTO = re.findall(r"```js\n(.*?)```", PAGE, re.DOTALL)
PERSON = {"email": "ann@mail.example", "phone": "+4366012345678", "firstName": "Ann", "address1": "Ringstr. 1"}

# What the two platforms give such lines to work with.
SANDBOX = """
const told = {};
const init = {data: {shop: {myshopifyDomain: "pots.myshopify.com"}}, customerPrivacy: {analyticsProcessingAllowed: true}};
const api = {customerPrivacy: {subscribe: (name, call) => { told[name] = call; }}};
const analytics = {subscribe: (name, call) => { told[name] = call; }};
const browser = {cookie: {get: async (name) => `in ${name}`}};
window.told = told;
"""
LAYER = """
const calls = {};
const layer = {addEventListener: (name, call) => { calls[name] = call; }};
window.publish = (name, eventInfo) => calls[name]({event: name, eventInfo});
"""


@pytest.fixture
def page(chromium):
    """A page of the shop, and what it sent to the gateway."""
    opened, sent = chromium.new_page(), []

    def answer(route):
        if "collect." in route.request.url:
            sent.append(route.request)
            route.fulfill(status=204)
        else:
            route.fulfill(body="<title>Pots</title>", content_type="text/html")

    opened.route("**/*", answer)
    opened.goto("https://shop.example/mugs?utm_source=news")
    yield opened, sent
    opened.close()


def read(catalogue, opened, sent):
    """The one event that was sent, as the gateway reads it."""
    deadline = time.monotonic() + 60
    while not sent and time.monotonic() < deadline:
        opened.wait_for_timeout(20)
    opened.wait_for_timeout(200)  # for what should not be sent too
    (request,) = sent
    path = urlsplit(request.url).path
    _, _, pixel, inner = path.split("/", 3)
    body = request.post_data_buffer
    assert not any(text in body.decode() for text in PERSON.values())
    (event,) = catalogue.pixels[pixel].read(request.method, f"/{inner}", "", "text/plain", body)
    return event, json.loads(body)


def test_shopifys_lines_send_an_order_without_its_buyer(page, catalogue):
    opened, sent = page
    opened.evaluate(f"() => {{ {SANDBOX} {SHOPIFY} }}")
    variant = {
        "id": "111",
        "title": "Blue",
        "price": {"amount": 19.95},
        "product": {"vendor": "Acme", "type": "Kitchen"},
    }
    order = {"id": "5678901234", "customer": {"id": "987654321", **PERSON}}
    checkout = {
        **PERSON, "shippingAddress": PERSON, "currencyCode": "EUR", "totalPrice": {"amount": 64.9}, "order": order,
        "lineItems": [{"title": "Mug", "quantity": 2, "variant": variant}],
    }  # fmt: skip
    where = {"document": {"location": {"href": "https://shop.example/thanks"}, "referrer": "", "title": "Thanks"}}
    told = {"id": "sh-1234567890", "name": "checkout_completed", "clientId": "c-77", "context": where}
    opened.evaluate(
        "told => window.told.visitorConsentCollected(told)", {"customerPrivacy": {"marketingAllowed": False}}
    )
    opened.evaluate("told => window.told.all_standard_events(told)", {**told, "data": {"checkout": checkout}})
    event, body = read(catalogue, opened, sent)
    assert (event.name, event.account, event.fields["order.value"]) == ("purchase", "pots.myshopify.com", "64.9")
    assert event.fields["order.items"][0] == {
        "item_id": "111", "item_name": "Mug", "item_brand": "Acme", "item_category": "Kitchen", "item_variant": "Blue",
        "price": "19.95", "quantity": 2,
    }  # fmt: skip
    assert body["customerPrivacy"] == {"marketingAllowed": False}
    assert body["_tracking_consent"] == "in _tracking_consent"
    assert "987654321" not in json.dumps(body) and "c-77" not in json.dumps(body)


@pytest.mark.parametrize("name", ["place-order", "page-view"])
def test_magentos_lines_send_of_each_event_what_belongs_to_it(page, catalogue, name):
    opened, sent = page
    opened.evaluate(f"() => {{ {LAYER} {MAGENTO} window.adobeDataLayer.forEach((call) => call(layer)); }}")
    cart = {
        "items": [{"quantity": 2, "prices": {"price": {"value": 19.99}}, "product": {"sku": "WJ06", "name": "Jacket"}}]
    }
    info = {
        "orderContext": {"orderId": "000000111", "grandTotal": 69.98, **PERSON}, "shoppingCartContext": cart,
        "accountContext": PERSON, "storefrontInstanceContext": {"storeViewCurrencyCode": "USD"},
    }  # fmt: skip
    opened.evaluate("([name, info]) => window.publish(name, info)", [name, info])
    event, _ = read(catalogue, opened, sent)
    assert event.fields["page.url"] == "https://shop.example/mugs?utm_source=news"
    if name == "page-view":
        assert (event.name, "order.id" in event.fields, "order.items" in event.fields) == ("page_view", False, False)
        return
    assert (event.name, event.id, event.fields["order.value"]) == ("purchase", "000000111", "69.98")
    assert event.fields["order.items"] == [{"item_id": "WJ06", "item_name": "Jacket", "price": "19.99", "quantity": 2}]
