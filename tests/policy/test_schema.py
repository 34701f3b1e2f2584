from gateway.policy import model, schema


def test_no_key_is_both_acted_on_and_left_for_later():
    assert set(schema.DESTINATION).isdisjoint(schema.DESTINATION_LATER)


def test_what_is_given_to_a_test_are_inputs_of_a_situation():
    given = {name for name in schema.GIVEN if name != "region"} | {"regions"}
    assert given == set(model.Situation._fields)


def test_the_wildcards_are_no_names_of_the_format():
    assert {schema.EVERYTHING, schema.THIRD_PARTIES}.isdisjoint(schema.DESTINATION)
