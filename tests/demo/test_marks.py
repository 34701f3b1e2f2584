"""What is personal in a request is found in every writing, and looked for in every writing."""

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.demo import scenes
from gateway.demo.marks import Kind, personal_in, pieces, still_in

ADDRESS = "192.0.2.17"
ORIGIN = "http://127.0.0.1:8765"
WRITINGS = [str, lambda text: quote(text, safe=""), quote_plus, json.dumps]


def found(query, headers=()):
    return {(each.kind, each.value) for each in personal_in(query, headers, ADDRESS)}


@pytest.mark.parametrize(
    "scene", [scene for scene in scenes.SCENES if scene.page == "/thanks"], ids=lambda scene: scene.id
)
def test_the_email_address_in_a_page_is_found_in_every_purchase(scene):
    shot = scene.shoot(ORIGIN, scenes.Order("T-1", "e-1"))
    assert (Kind.EMAIL, scenes.EMAIL) in found(shot.query)


def test_a_meta_purchase_holds_every_kind_of_personal_data():
    shot = scenes.meta_purchase(ORIGIN, scenes.Order("T-1", "e-1"))
    kinds = {kind for kind, _ in found(shot.query, [("user-agent", "Mozilla/5.0")])}
    assert kinds == set(Kind)


def test_a_page_without_a_query_is_nothing_personal():
    assert found("dl=https%3A%2F%2Fshop.example%2Fproduct") == {(Kind.ADDRESS, ADDRESS)}


def test_each_value_is_listed_once():
    listed = personal_in("fbp=fb.1.2.3&fbp=fb.1.2.3", [], ADDRESS)
    assert [each.value for each in listed].count("fb.1.2.3") == 1


@pytest.mark.parametrize("write", WRITINGS)
@given(value=st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_a_value_is_still_in_a_request_however_it_is_written(write, value):
    assert still_in(value, [b"before " + write(value).encode() + b" after"])


def test_a_value_that_is_not_there_is_gone():
    assert not still_in(scenes.EMAIL, [b'{"value": 64.9}'])


@given(st.text(), st.text(min_size=1, max_size=5))
def test_marking_loses_and_adds_nothing(text, value):
    personal = personal_in(f"fbp={quote(value)}", [], ADDRESS)
    assert "".join(piece.text for piece in pieces(text, personal)) == text


def test_the_marked_pieces_are_the_personal_values():
    personal = personal_in(f"dl={quote('https://a.example/?email=ann%40mail.example', safe='')}", [], ADDRESS)
    marked = [piece for piece in pieces("to ann@mail.example or ann%40mail.example", personal) if piece.kind]
    assert [piece.text for piece in marked] == ["ann@mail.example", "ann%40mail.example"]
