import pytest
from pydantic import ValidationError

from gateway.settings.webhooks import WebhookSettings

SECRET = {"file": "hooks.key"}


@pytest.mark.parametrize(
    "given",
    [
        {}, {"url": "https://own.example/hook", "secret": SECRET}, {"hosts": ["ctl.example:8443"], "secret": SECRET},
        {"codes": "http://mailer.internal:8080/send", "secret": SECRET, "allow_networks": ["10.0.0.0/8"]},
    ],
)  # fmt: skip
def test_messages_go_where_the_operator_says(given):
    assert WebhookSettings(**given).model_fields_set == given.keys()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "https://own.example/"}, "signed"), ({"hosts": ["ctl.example"]}, "signed"),
        ({"codes": "https://own.example/"}, "signed"),
        ({"url": "http://own.example/", "secret": SECRET}, "https"),
        ({"hosts": ["https://ctl.example/"], "secret": SECRET}, "bare name"),
        ({"hosts": ["*.example"], "secret": SECRET}, "bare name"), ({"hosts": [""], "secret": SECRET}, "bare name"),
        ({"url": "ftp://own.example/", "secret": SECRET}, "pattern"), ({"urls": "x"}, "Extra"),
        ({"allow_networks": ["0.0.0.0/0"]}, "all there is"),
    ],
)  # fmt: skip
def test_what_could_not_be_told_or_could_be_told_to_anybody_is_an_error(given, words):
    with pytest.raises(ValidationError, match=words):
        WebhookSettings(**given)
