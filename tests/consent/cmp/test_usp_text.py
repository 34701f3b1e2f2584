import pytest

from gateway.consent.cmp.usp_text import bare_usp


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("1YNN", "1YNN"), ("", ""), ('{"uspString":"1YYN","a":1}', "1YYN"), ("%7B%22uspString%22%3A%221YN-%22%7D", "%7B%22uspString%22%3A%221YN-%22%7D"),
        ('{"uspString":1}', '{"uspString":1}'), ('{"uspString":"1YNN","uspString":"1YYN"}', '{"uspString":"1YNN","uspString":"1YYN"}'),
        ('{"uspString":"1YNN","more":{}}', '{"uspString":"1YNN","more":{}}'), ('{"uspString":"1YNN","more":[1]}', '{"uspString":"1YNN","more":[1]}'),
        ('["uspString"]', '["uspString"]'), ("{uspString", "{uspString"),
    ],
)  # fmt: skip
def test_the_string_is_taken_out_of_an_object_and_nothing_else_is(text, bare):
    assert bare_usp(text) == bare
