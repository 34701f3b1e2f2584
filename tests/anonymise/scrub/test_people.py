import pytest

from gateway.anonymise.scrub.detect import PEOPLE
from gateway.anonymise.scrub.people import birthdays, streets


def cut(found, text):
    return [text[start:end] for start, end in found]


@pytest.mark.parametrize("name", ["Marie Jansen", "Jansen Marie", "José García", "Anna van der Berg", "Сергей Иванов"])
def test_two_common_names_are_a_person_anywhere(name):
    assert cut(PEOPLE.names(f"from {name} today", False), f"from {name} today") == [name]


@pytest.mark.parametrize("text", ["Marie Quintessa wrote", "Regards, Quillon Zabrowsky", "ich heiße Quillon Zabrowsky"])
def test_in_a_sentence_one_of_them_or_an_introduction_is_enough(text):
    assert cut(PEOPLE.names(text, True), text)
    assert not cut(PEOPLE.names(text, False), text)


@pytest.mark.parametrize(
    "text", ["Hugo Boss", "Calvin Klein jeans", "Blue Shirt", "how to fix error", "best running shoes", "Paris Hotels"]
)
def test_brands_and_other_words_are_nobody(text):
    assert not cut(PEOPLE.names(text, True), text)


def test_slugs_of_two_common_names_are_a_person():
    assert cut(PEOPLE.slugs("lukas-keller"), "lukas-keller") == ["lukas-keller"]
    assert not cut(PEOPLE.slugs("hugo-boss desk-lamp"), "hugo-boss desk-lamp")


@pytest.mark.parametrize(
    "street",
    ["24 High Street", "12 rue de la Paix", "Via Roma 88", "Calle Mayor 5", "Hauptstraße 12a", "Keizersgracht 123", "Storgatan 7", "Mannerheimkatu 4",
     "Atatürk caddesi no: 12", "上海市南京路123号", "서울로 12"],
)  # fmt: skip
def test_streets_with_a_house_number_are_found(street):
    assert any(street in found for found in cut(streets(f"to {street}, please"), f"to {street}, please"))


@pytest.mark.parametrize("text", ["1 day free", "7 ways to win", "size 42 blue", "Top 10 of 2026", "2 for 1"])
def test_other_numbers_are_no_houses(text):
    assert not cut(streets(text), text)


def test_a_date_behind_a_word_for_birth_is_a_birthday():
    assert cut(birthdays("geboren am 04.05.1987 in Bonn"), "geboren am 04.05.1987 in Bonn") == ["04.05.1987"]
    assert not cut(birthdays("delivered on 04.05.2026"), "delivered on 04.05.2026")


@pytest.mark.parametrize(
    ("text", "name"),
    [("my name is Quillon van der Zab and", "Quillon van der Zab"), ("Regards, Dr. Quillon", "Dr. Quillon"), ("меня зовут Фёкла Ивановна, заказ", "Фёкла Ивановна"),
     ("我叫孙秀珍，订单", "孙秀珍"), ("mi chiamo Zeno Abc.", "Zeno Abc")],
)  # fmt: skip
def test_who_gives_a_name_has_one(text, name):
    assert name in [found.rstrip(".") for found in cut(PEOPLE.names(text, True), text)]


def test_what_follows_in_small_letters_is_none():
    assert cut(PEOPLE.names("the name is shown below", True), "the name is shown below") == []
