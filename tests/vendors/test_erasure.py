"""An erasure is made of the person's identifiers alone, and its answer is never called more than it is."""

import copy
import json

import pytest

from gateway.errors import ConfigurationError
from gateway.outbound import Erased, Reply
from gateway.vendors.binding import Binding
from gateway.vendors.erasure import person
from gateway.vendors.manifest import load_manifest
from gateway.vendors.request import Destination

NOW = 1795428930.0


def hubspot(catalogue, **secrets):
    return Destination(catalogue.manifests["hubspot"], Binding("crm", {"hub_id": "4711"}, secrets))


def edited(catalogue, name, **changes):
    value = copy.deepcopy(catalogue.manifests[name].document.value)
    value["erasure"] = {**value["erasure"], **changes}
    with pytest.raises(ConfigurationError) as error:
        load_manifest(json.dumps(value), f"{name}.yaml")
    return {finding.code for finding in error.value.findings}, str(error.value)


def test_identifiers_are_nested_as_expressions_read_them():
    assert person({"id.user": "u", "id.fbp": "f", "email": "a@b.example"}) == {
        "id": {"user": "u", "fbp": "f"}, "email": "a@b.example",
    }  # fmt: skip


def test_only_the_identifiers_that_are_named_leave(catalogue):
    destination = hubspot(catalogue, private_app_token="T")
    outbound = destination.erase({"email": "ann@mail.example", "id.user": "u-1", "phone": "+49"}, NOW)
    assert json.loads(outbound.body) == {"objectId": "ann@mail.example", "idProperty": "email"}
    assert b"u-1" not in outbound.body
    assert destination.erasure_hosts == {"api.hubapi.com"}


@pytest.mark.parametrize("identifiers", [{}, {"email": ""}, {"id.hubspotutk": "abc"}])
def test_without_the_identifier_nothing_is_asked(catalogue, identifiers):
    assert hubspot(catalogue, private_app_token="T").erase(identifiers, NOW) is None


def test_without_what_the_operator_has_to_give_nothing_is_asked(catalogue):
    destination = hubspot(catalogue)
    assert destination.erasure_lacks == ("secret.private_app_token",)
    assert destination.erase({"email": "ann@mail.example"}, NOW) is None


def test_a_vendor_that_deletes_nobody_is_asked_for_nothing(catalogue):
    meta = Destination(catalogue.manifests["meta"], Binding("m", {"pixel_id": "12345"}, {"access_token": "T"}))
    assert meta.erase({"id.fbp": "fb.1.2.3", "email": "ann@mail.example"}, NOW) is None
    assert (meta.erasure_hosts, meta.erasure_lacks, meta.erasure_access) == (frozenset(), (), None)


def test_a_later_step_needs_what_the_first_one_found(catalogue):
    settings = {"endpoint": "https://stats.example.com/matomo.php", "site_id": "3"}
    matomo = Destination(catalogue.manifests["matomo"], Binding("m", settings, {"token_auth": "T"}))
    who = {"id.matomo_id": "09db67e4425f8548"}
    assert b"findDataSubjects" in matomo.erase(who, NOW).body
    assert b"deleteDataSubjects" in matomo.erase(who, NOW, 1, [{"idVisit": 7}]).body
    for found in (None, [], {}):
        assert matomo.erase(who, NOW, 1, found) is None
    assert matomo.erase(who, NOW, 2, [{"idVisit": 7}]) is None


@pytest.mark.parametrize(
    ("status", "body", "erased"),
    [
        (204, b"", Erased.DONE),
        (200, b"", Erased.ACCEPTED),
        (404, b"", Erased.NO_MATCH),
        (429, b"", Erased.THROTTLE),
        (401, b"", Erased.DISABLE),
        (403, b"", Erased.DISABLE),
        (400, b"", Erased.FAILED),
        (301, b"", Erased.FAILED),
        (500, b"", Erased.RETRY),
        (0, b"", Erased.RETRY),
    ],
)
def test_an_answer_is_no_more_than_it_says(catalogue, status, body, erased):
    assert hubspot(catalogue).erased(Reply(status, body=body)) is erased


def request(body, url="https://api.hubapi.com/x"):
    return {"method": "POST", "url": url, "body": body}


@pytest.mark.parametrize(
    "leak",
    [
        "= order.id", "= page.url", "= contact.email_sha256", "= id.hubspotutk", "= event.id", "= consent.ad_storage",
        "= source.site", "= kept", "= fields", "= vendor_event", "= batch.events", "= client.ip", "= params.note",
        "x-{{ order.value }}",
    ],
)  # fmt: skip
def test_nothing_of_an_event_is_in_an_erasure(catalogue, leak):
    codes, text = edited(catalogue, "hubspot", request=request({"objectId": "= subject.email", "leak": leak}))
    assert codes == {"M013"}
    assert "nothing of an event" in text


def test_an_identifier_that_the_vendor_never_got_is_not_told_to_it(catalogue):
    for path in ("subject.id.user", "subject.id.fbp", "subject.contact.email_sha256"):
        codes, text = edited(catalogue, "hubspot", request=request({"objectId": f"= {path}"}))
        assert codes == {"M013"}
        assert "it would learn it" in text


def test_what_is_no_identifier_is_found(catalogue):
    for path in ("subject.name", "subject.order.id", "subject.page.url", "subject.id"):
        codes, _ = edited(catalogue, "hubspot", request=request({"objectId": f"= {path}"}))
        assert codes == {"M004"}


def test_an_erasure_of_nobody_in_particular_does_not_load(catalogue):
    codes, text = edited(catalogue, "hubspot", request=request({"everybody": True}))
    assert codes == {"M013"}
    assert "nobody or everybody" in text


def test_an_erasure_goes_to_public_names_alone(catalogue):
    body = {"objectId": "= subject.email"}
    for url in ("http://api.hubapi.com/", "https://10.0.0.1/", "https://{{ subject.email }}/", "https://localhost/"):
        codes, _ = edited(catalogue, "hubspot", request=request(body, url))
        assert "M006" in codes


def test_every_way_of_deleting_is_tested_by_its_manifest(catalogue):
    for manifest in catalogue.manifests.values():
        kinds = {kind for test in manifest.document.value["tests"] for kind in test}
        assert ("erase" in kinds) == bool(manifest.erasure.steps), manifest.id
