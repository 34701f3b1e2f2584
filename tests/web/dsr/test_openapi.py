import re

import jsonschema
import pytest

from gateway.api_keys.grant import SCOPES
from gateway.web.dsr import operations
from gateway.web.dsr.openapi import description
from gateway.web.dsr.operation import scope_of
from gateway.web.dsr.operations import ATTEST, OPENAPI, OPERATIONS, needed
from tests.house.tree import ROOT
from tests.web.dsr.asking import at_the_desk

TOLD = description(OPERATIONS, "1")


def test_it_is_served_as_it_is_drawn(tmp_path):
    async def use(desk):
        return await desk.ask("GET", OPENAPI)

    answer = at_the_desk(tmp_path, use)
    assert (answer.status, answer.json) == (200, TOLD)


def test_every_operation_is_in_it_with_all_that_it_can_answer():
    for operation in OPERATIONS:
        told = TOLD["paths"][operation.path][operation.method.lower()]
        assert set(map(str, operation.statuses)) <= told["responses"].keys()
        assert {"400", "401", "403", "429", "500", "503"} <= told["responses"].keys()
        assert [each["name"] for each in told["parameters"] if each["in"] == "path"] == list(operation.spots)


def test_every_reference_leads_somewhere_and_every_schema_is_one():
    schemas = TOLD["components"]["schemas"]
    found = set(re.findall(r"'#/components/schemas/(\w+)'", str(TOLD)))
    assert found and found <= schemas.keys()
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_link_leads_to_an_operation_that_there_is():
    names = {operation.name for operation in OPERATIONS}
    links = TOLD["paths"]["/v1/dsr/requests"]["post"]["responses"]["201"]["links"]
    assert len(links) > 10
    assert {each["operationId"] for each in links.values()} <= names


def test_the_scopes_of_the_table_are_those_that_keys_have():
    assert set(operations.SCOPES) == {each for each in SCOPES if each.startswith(("dsr:", "suppress:", "consent:"))}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_path_takes_the_scope_of_its_operation(operation):
    path = re.sub(r"\{\w+\}", "x", operation.path)
    assert needed(operation.method, path) == operation.scope != ATTEST
    assert needed("PATCH", path) is not None
    assert needed(operation.method, f"{path}/more/than/that") is None
    assert scope_of((), operation.method, path) is None


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_has_words_in_the_documentation(operation):
    text = (ROOT / "docs/how-to/answer-requests.md").read_text("utf-8") + (ROOT / "docs/reference/http.md").read_text(
        "utf-8"
    )
    words = [part for part in operation.path.split("/") if part and not part.startswith("{")]
    assert all(word in text for word in words)
