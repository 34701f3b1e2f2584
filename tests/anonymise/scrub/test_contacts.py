import pytest

from gateway.anonymise.scrub.contacts import emails, international, phones
from gateway.anonymise.scrub.runs import runs


def cut(finder, text):
    found = finder(text) if finder is emails else finder(text, runs(text))
    return [text[start:end] for start, end in found]


@pytest.mark.parametrize(
    "address",
    ["eva@mail.example", "eva.lind+news@sub.mail.example", "用户@例子.test", "eva@xn--mnchen-3ya.example", "eva@[192.0.2.7]", "root@localhost",
     "eva (at) mail (dot) example", "eva [at] mail.example", "eva at mail dot example", "eva(arroba)mail.example", "eva=40mail.example"],
)  # fmt: skip
def test_addresses_are_found(address):
    assert cut(emails, f"to {address}, please") == [address]


@pytest.mark.parametrize("behind", ["-1", "_x", "--", "-", "2026", ".pdf", "-7.html", "_a.b-c.json", "-x_y.min.js"])
@pytest.mark.parametrize(
    "address", ["eva@mail.example", "eva.lind@sub.mail.co.uk", "eva@163.com", "eva@3com.org", "eva@x.xn--p1ai"]
)
def test_addresses_are_found_whatever_is_written_right_behind(address, behind):
    found = cut(emails, f"/u/{address}{behind}")
    assert [one[: len(address)] for one in found] == [address]


@pytest.mark.parametrize(
    "text",
    ["icon@3x.min.png", "vue@3.4.0-rc.1", "pkg@1.0.beta-2", "pkg@1.0.0-next.abc-4", "jquery@latest.min.js", "node@18.lts-1", "node@v18.x-dev",
     "swiper@11.1.9.min.css", "@scope/pkg@1.0.0-alpha.beta-1", "a@b.html-x", "next@canary.abc-1", "foo@bar.v2", "pkg@next.js-1"],
)  # fmt: skip
def test_no_version_and_no_file_is_an_address_for_what_is_written_behind(text):
    assert cut(emails, text) == []


@pytest.mark.parametrize(
    "text",
    ["logo@2x.png", "hero@1.5x.webp", "vue@12.8.6", "@scope/pkg@9.3.4", "react@next", "git@github.example:a/b", "meet at noon", "look at shop.example now",
     "//key@o1.ingest.example", "50% @ home", "://d41d8cd98f@sentry.example/1"],
)  # fmt: skip
def test_what_only_has_the_sign_is_no_address(text):
    assert [found for found in cut(emails, text) if "key@" not in found] == []


@pytest.mark.parametrize(
    "number",
    ["+49 171 2345678", "+33 (0)6 12 34 56 78", "+1-415-555-0100", "+81 90-1234-5678", "+7 (912) 345-67-89"],
)
def test_international_numbers_are_found(number):
    assert cut(international, f"on {number}.") == cut(international, f"tel_{number}_x") == [number]


@pytest.mark.parametrize(
    "number",
    ["0049 171 2345678", "07700 900517", "(415) 555-0100", "415-555-0100", "01 23 45 67 89", "0171/2345678", "090-1234-5678", "010-1234-5678",
     "138 0013 8000", "(11) 91234-5678", "612 34 56 78", "612 345 678", "98765 43210", "8 (912) 345-67-89", "333 1234567", "0612345678"],
)  # fmt: skip
def test_national_numbers_are_found_as_their_countries_write_them(number):
    assert cut(phones, f"x {number} y") == [number]


@pytest.mark.parametrize(
    "before", ["call me on", "Tel.:", "meine Handynummer", "mon téléphone", "mi móvil", "cep", "тел.", "전화", "电话"]
)
def test_any_number_that_is_announced_is_one(before):
    assert cut(phones, f"{before} 5512 3487") == ["5512 3487"]


@pytest.mark.parametrize(
    "text",
    ["2026-11-26 10:15:00", "26.11.2026", "01.02.2026 10", "1,234,567.00", "order 12345678", "1763189853688", "1920x1080", "12.5 13.5", "call 5 times",
     "tel. gone. Order 12345678"],
)  # fmt: skip
def test_dates_prices_and_orders_are_no_numbers_to_call(text):
    assert cut(phones, text) == []
