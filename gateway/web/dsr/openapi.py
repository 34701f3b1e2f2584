"""Draw the description of the API for machines (OpenAPI 3.1.1) from the table of its operations and their models."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.web.dsr.bodies import Submission
from gateway.web.dsr.operation import Operation
from gateway.web.dsr.problems import KIND, PROBLEMS
from gateway.web.dsr.repeats import HEADER

_TEMPLATE = "#/components/schemas/{model}"
_KEY = "key"
_PLACES = {
    "id": "$response.body#/id",
    "appeal": "$response.body#/appeals/0/id",
    "target": "$response.body#/tasks/0/target",
}
_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code"],
                "additionalProperties": False,
                "properties": {"pointer": {"type": "string"}, "code": {"type": "string"}},
            },
        },
    },
}


def description(operations: Sequence[Operation], version: str) -> Mapping[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, operations)
    return {
        "openapi": "3.1.1",
        "info": {"title": "Rights of persons", "version": version, "description": __doc__},
        "servers": [{"url": "/"}],
        "security": [{_KEY: []}],
        "paths": paths,
        "components": {
            "securitySchemes": {_KEY: {"type": "http", "scheme": "bearer"}},
            "schemas": {**_schemas(operations), "Problem": _PROBLEM},
        },
    }


def _schemas(operations: Iterable[Operation]) -> Mapping[str, Any]:
    taken = {each.body for each in operations if each.body} | {each.query for each in operations if each.query}
    given = {each.answer for each in operations if each.answer}
    models = [(model, "validation") for model in taken] + [(model, "serialization") for model in given]
    schemas: Mapping[str, Any] = models_json_schema(sorted(models, key=str), ref_template=_TEMPLATE)[1]["$defs"]  # type: ignore[arg-type]
    return schemas


def _operation(operation: Operation, operations: Iterable[Operation]) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Takes the scope `{operation.scope}`.",
        "parameters": [*_spots(operation), *_query(operation), *_headers(operation)],
        "responses": {**_answers(operation, operations), **_refusals(operation)},
    }
    if operation.body:
        schema = {"$ref": _TEMPLATE.format(model=operation.body.__name__)}
        told["requestBody"] = {
            "required": not operation.may_be_empty,
            "content": {"application/json": {"schema": schema}},
        }
    return told


def _spots(operation: Operation) -> list[Mapping[str, Any]]:
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in operation.spots]


def _query(operation: Operation) -> list[Mapping[str, Any]]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema(ref_template=_TEMPLATE)
    properties: Mapping[str, Any] = schema["properties"]
    return [{"name": name, "in": "query", "schema": _given(each)} for name, each in properties.items()]


def _given(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a parameter, which is left out where it is null in the model."""
    ways = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    return {name: value for name, value in ways[0].items() if name not in ("default", "title")}


def _headers(operation: Operation) -> list[Mapping[str, Any]]:
    found = []
    if operation.repeats:
        found.append(_header(HEADER, {"type": "string", "pattern": "^[!-~]{1,255}$"}))
    if operation.waits:
        found += [_header("if-none-match", {"type": "string"}), _header("prefer", {"type": "string"})]
    return found


def _header(name: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": schema}


def _answers(operation: Operation, operations: Iterable[Operation]) -> dict[str, Any]:
    """What is answered when it was done; whoever hands in a request can go on with it by its id."""
    found = {str(status): _answer(operation, status) for status in operation.statuses}
    if operation.body is Submission:
        links = {each.name: _link(each) for each in operations if "id" in each.spots}
        found = {status: {**answer, "links": links} for status, answer in found.items()}
    return found


def _link(operation: Operation) -> Mapping[str, Any]:
    return {"operationId": operation.name, "parameters": {name: _PLACES[name] for name in operation.spots}}


def _answer(operation: Operation, status: int) -> Mapping[str, Any]:
    phrase = HTTPStatus(status).phrase
    if status == HTTPStatus.NOT_MODIFIED:
        return {"description": phrase}
    schema: Mapping[str, Any] = {"type": "string"}
    if operation.answer:
        schema = {"$ref": _TEMPLATE.format(model=_name(operation.answer))}
    return {"description": phrase, "content": {operation.kind: {"schema": schema}}}


def _refusals(operation: Operation) -> Mapping[str, Any]:
    by_status: dict[int, list[str]] = {}
    for slug in operation.refusals:
        by_status.setdefault(PROBLEMS[slug].status, []).append(slug)
    content = {KIND: {"schema": {"$ref": _TEMPLATE.format(model="Problem")}}}
    return {
        str(status): {"description": " · ".join(slugs), "content": content}
        for status, slugs in sorted(by_status.items())
    }


def _name(model: type[BaseModel]) -> str:
    return model.__name__
