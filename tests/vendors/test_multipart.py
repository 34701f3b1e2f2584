"""A form in parts is read as browsers write it, or refused."""

import pytest

from gateway.errors import BadRequest
from gateway.vendors.multipart import kind_of, pairs

KIND = "multipart/form-data; boundary=----WebKitFormBoundaryx"


def form(*fields, end="------WebKitFormBoundaryx--\r\n"):
    head = '------WebKitFormBoundaryx\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return "".join(head.format(*field) for field in fields) + end


def read(body, kind=KIND):
    return list(pairs(kind, body if isinstance(body, bytes) else body.encode()))


def test_fields_come_in_their_order_and_are_not_decoded_again():
    given = [
        ("id", "1"),
        ("cd[value]", "59,90"),
        ("dl", "https://shop.example/?a=1&b=%20"),
        ("note", "a\r\nb"),
        ("é", "ü"),
        ("x", ""),
    ]
    assert read(form(*given)) == given


def test_a_name_is_as_its_page_wrote_it():
    assert read(form(("a%22b", "1"))) == [('a"b', "1")]


def test_a_file_is_no_field():
    file = '------WebKitFormBoundaryx\r\nContent-Disposition: form-data; name="f"; filename="ann.txt"\r\nContent-Type: text/plain\r\n\r\nann\r\n'
    assert read(file + form(("id", "1"))) == [("id", "1")]


@pytest.mark.parametrize(
    "body",
    [
        "", "id=1", form(("id", "1"), end=""), form(("id", "1"), end="------WebKitFormBoundaryx"), "x" + form(("id", "1")),
        form(("id", "\0")), form(*[("a", "1")] * 201), b"\xff" + form(("id", "1")).encode(),
        "------WebKitFormBoundaryx\r\nContent-Type: text/plain\r\n\r\n1\r\n------WebKitFormBoundaryx--",
        '------WebKitFormBoundaryx\r\nContent-Disposition: form-data; name="id"\r\n1\r\n------WebKitFormBoundaryx--',
    ],
)  # fmt: skip
def test_what_is_broken_is_refused(body):
    with pytest.raises(BadRequest):
        read(body)


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/mixed; boundary=x",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=ä",
    ],
)
def test_a_type_without_a_boundary_is_refused(kind):
    with pytest.raises(BadRequest):
        read(form(("id", "1")), kind)


def test_a_recorded_body_tells_its_type():
    assert kind_of(form(("id", "1"))) == KIND
    assert [kind_of(body) for body in ("", "id=1", "{}", "a--b")] == [""] * 4
