"""Read what somebody asks of an operation, or say in which place of it something has no form."""

import re
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from gateway.errors import BadRequest
from gateway.vendors.strict_json import parse
from gateway.web.dsr.bodies import FORMS
from gateway.web.dsr.operation import Operation
from gateway.web.dsr.problems import Refused

MOST_BYTES = 64 * 1024
_MOST_DEPTH = 6
_JSON = "application/json"
_NOTHING = (b"", b"{}")
_OURS = re.compile(r"[a-z][a-z_]{0,39}")


async def read_body(request: Request, operation: Operation) -> tuple[bytes, Any]:
    """The bytes of the body, and what they say. Refused where that is nothing that the operation takes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refused("too-large")
    if body in _NOTHING and operation.may_be_empty:
        return body, operation.body() if operation.body else None
    if operation.body is None:
        raise Refused("invalid-parameter", [{"pointer": "", "code": "no_body_here"}])
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise Refused("unsupported-media-type")
    try:
        parse(body, _MOST_DEPTH)
        return body, operation.body.model_validate_json(body)
    except BadRequest:
        raise Refused("malformed-json") from None
    except ValidationError as error:
        raise wrong(error) from None


def read_query(request: Request, model: type[BaseModel] | None) -> Any:
    """What the query says. Refused where a name is there twice or is none, or a value has no form."""
    pairs = request.query_params.multi_items()
    named = dict(pairs)
    if len(named) != len(pairs) or (named and model is None):
        raise Refused("invalid-parameter", [{"pointer": "", "code": "name"}])
    try:
        return model.model_validate_strings(named) if model else None
    except ValidationError as error:
        raise wrong(error) from None


def wrong(error: ValidationError) -> Refused:
    """Where something has no form. A name that is none of ours is not repeated, nor is any value."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    if any(each["loc"] == ("subject_request_type",) and each["type"] == "enum" for each in told):
        return Refused("unsupported-request-type")
    places = [{"pointer": _pointer(each["loc"], each["type"]), "code": each["type"]} for each in told[:20]]
    names = dict.fromkeys(place["pointer"].rpartition("/")[2] for place in places)
    forms = [f"{name} is {FORMS[name]}" for name in names if name in FORMS]
    return Refused("invalid-parameter", places, detail="; ".join(forms))


def _pointer(place: tuple[int | str, ...], kind: str) -> str:
    known = place[:-1] if kind == "extra_forbidden" else place
    return "".join(f"/{part}" for part in known if isinstance(part, int) or _OURS.fullmatch(part))
