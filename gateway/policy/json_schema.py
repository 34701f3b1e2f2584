"""Draw the JSON Schema (2020-12) of policies and packs from the tables that the loader reads by, for editors."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.decision import Reason
from gateway.policy import schema
from gateway.policy.durations import PATTERN as DURATION
from gateway.policy.load_regions import MAX_AGE
from gateway.policy.meanings import WORDS
from gateway.policy.places import GROUPS as PLACES
from gateway.taxonomy import BASES, FAMILIES, GROUPS, LEVELS, OPEN_GROUPS, TRANSFORM_OF

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"enum": [True, False, "yes", "no"]}
TEXTS: Schema = {"type": "array", "items": TEXT}
DATE: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_LENGTH: Schema = {"type": "string", "pattern": f"^{DURATION}$", "description": "180d, 10bd (business days), 13mo, 2y"}
_AGE: Schema = {"type": "integer", "minimum": 0, "maximum": 150}
_CODE = "[A-Z]{2}(-[A-Z0-9]{1,3})?"
_COUNTRY: Schema = {"type": "string", "pattern": "^[A-Z]{2}$"}
_PLACE: Schema = {"type": "string", "pattern": f"^({_CODE}|{'|'.join(PLACES)}|\\*)$"}
_REGION: Schema = {"type": "string", "pattern": f"^({_CODE}|unknown)$"}


def _word(words: Iterable[str | int], description: str = "") -> Schema:
    return {"enum": list(words)} | ({"description": description} if description else {})


def _ordered(words: Iterable[str]) -> Schema:
    words = tuple(words)
    return _word(words, f"weak to strict: {' < '.join(words)}")


def _object(properties: Mapping[str, Schema], keys: Iterable[str], required: Iterable[str] = ()) -> Schema:
    """An object of exactly the keys that the loader's table lists. KeyError where one has no schema."""
    drawn = {key: properties[key] for key in keys}
    needed = [*required]
    return {"type": "object", "additionalProperties": False, "properties": drawn} | (
        {"required": needed} if needed else {}
    )


def _map(values: Schema, **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": values, **more}


def _levels() -> Schema:
    return _object({transform: _ordered(order) for transform, order in LEVELS.items()}, LEVELS)


def _field_pattern() -> str:
    """Names of fields and of groups: `order.value`, `order`, and anything in an open group."""
    closed = [rf"{group}(\.({'|'.join(fields)}))?" for group, fields in GROUPS.items() if group not in OPEN_GROUPS]
    opened = [rf"{group}(\..+)?" for group in sorted(OPEN_GROUPS)]
    return f"^({'|'.join([*closed, *opened])})$"


def _leveled(absent: str) -> Schema:
    """Fields with their levels, or the word that stands for all of them."""
    patterns = {}
    for name, transform in TRANSFORM_OF.items():
        form = re.escape(name) if "." in name else rf"{name}(\..+)?"
        patterns[f"^{form}$"] = _word([*LEVELS[transform], absent])
    return {"type": "object", "propertyNames": {"pattern": _field_pattern()}, "patternProperties": patterns}


def _purpose() -> Schema:
    words = {
        "tcf": {
            "type": "array",
            "minItems": 1,
            "items": _word(sorted({n for each in WORDS.values() for n in each.tcf})),
        },
        "google": {"type": "array", "minItems": 1, "items": _word(_every("google"))},
        "cmp": {"type": "array", "minItems": 1, "items": _word(_every("cmp"))},
    }
    properties = {
        "label": TEXT, "family": _word(FAMILIES), "sale_or_share": FLAG, "profile": TEXT, "because": TEXT, **words,
    }  # fmt: skip
    return _object(properties, schema.PURPOSE, ["family"])


def _every(kind: str) -> list[str]:
    return sorted({word for words in WORDS.values() for word in getattr(words, kind)})


def _region() -> Schema:
    levels = _ordered(schema.SIGNAL_LEVELS)
    properties = {
        "label": TEXT,
        "law": TEXT,
        "inherits": TEXT,
        "match": {"type": "array", "items": _PLACE},
        "applies_from": DATE,
        "because": {**TEXT, "description": "needed wherever the region is made less strict than its pack"},
        "basis": _map(_ordered(BASES)),
        "signals": _object({"gpc": levels, "dnt": levels}, ("gpc", "dnt")),
        "consent": _object(dict.fromkeys(schema.CONSENT, _LENGTH), schema.CONSENT),
        "minors": _object({"under": {**_AGE, "maximum": MAX_AGE}}, ("under",)),
        "dsr": _object(dict.fromkeys(schema.DSR, _LENGTH), schema.DSR),
        "retention": _object(dict.fromkeys(schema.RETENTION, _LENGTH), schema.RETENTION),
        "ceiling": _levels(),
        "certainty": _word(schema.CERTAINTIES),
    }
    return _object(properties, schema.REGION)


def _signals() -> Schema:
    signal = _object({"refuses": TEXTS, "override": _word(schema.OVERRIDES)}, schema.SIGNAL)
    source = {
        "source": _word(schema.SOURCES),
        "vendor": TEXT,
        "cookie": TEXT,
        "map": _map(TEXTS),
        "legitimate_interest": FLAG,
    }
    trust = {"type": "array", "items": _object(source, schema.TRUST, ["source"])}
    return _object({"trust": trust, "gpc": signal, "dnt": signal}, schema.SIGNALS)


def _destination() -> Schema:
    properties = {
        "label": TEXT,
        "party": _word(schema.PARTIES),
        "controller_country": _COUNTRY,
        "events": _map({**TEXTS, "minItems": 1}, minProperties=1),
        "fields": {"type": "array", "items": {"type": "string", "pattern": _field_pattern()}},
        "anonymise": _levels(),
        "url_params": TEXTS,
        "block_regions": {"type": "array", "items": _PLACE},
        "minors": _word(schema.MINORS),
        "without_consent": {"const": "drop"},
    }
    third = {"if": {"properties": {"party": {"const": "third"}}, "required": ["party"]}}
    return {
        **_object(properties, schema.DESTINATION, ["party", "events"]),
        **third,
        "then": {"required": ["controller_country"]},
    }


def _given() -> Schema:
    choices = {"anyOf": [_word(("all", "none")), _map(FLAG)]}
    regions = {"anyOf": [_REGION, {"type": "array", "minItems": 1, "items": _REGION}]}
    properties = {"region": regions, "event": TEXT, "consent": choices, "consent_age": _LENGTH, "age": _AGE}
    return _object({**properties, **dict.fromkeys(schema.GIVEN_FLAGS, FLAG)}, schema.GIVEN)


def _test() -> Schema:
    expected = {"type": "string", "pattern": f"^(allow|deny)( \\(({'|'.join(Reason)})\\))?$"}
    properties = {"name": TEXT, "given": _given(), "expect": _map(expected), "sends": _map(_leveled(schema.NEVER))}
    return {
        **_object(properties, schema.TEST, ["name", "given"]),
        "anyOf": [{"required": ["expect"]}, {"required": ["sends"]}],
    }


def _promise() -> Schema:
    properties = {"name": TEXT, "when": _given(), "deny": TEXTS, "never_sends": _leveled(schema.ANY)}
    return {
        **_object(properties, schema.PROMISE, ["name"]),
        "anyOf": [{"required": ["deny"]}, {"required": ["never_sends"]}],
    }


def policy_schema() -> Schema:
    """The schema of a policy file."""
    properties = {
        "policy": {"const": 1},
        **dict.fromkeys(("name", "version", "reviewed", "owner", "extends", "unknown_region"), TEXT),
        "mode": _word(schema.MODES, "observe decides and reports, and forwards nothing"),
        "unknown_subdivision": _word(schema.UNKNOWN_SUBDIVISION),
        "purposes": _map(_purpose()),
        "profiles": _map(_levels()),
        "regions": _map(_region()),
        "signals": _signals(),
        "destinations": _map(_destination()),
        "bots": {"const": "drop"},
        "tests": {"type": "array", "items": _test()},
        "always": {"type": "array", "items": _promise()},
    }
    drawn = _object(properties, schema.POLICY, ["policy", "name", "purposes", "destinations"])
    return {"$schema": DIALECT, "title": "Policy of a consent gateway, version 1", **drawn}


def pack_schema() -> Schema:
    """The schema of a region pack."""
    properties = {**dict.fromkeys(("pack", "version", "reviewed"), TEXT), "regions": _map(_region())}
    return {"$schema": DIALECT, "title": "Region pack", **_object(properties, schema.PACK, ["pack"])}


SCHEMAS: dict[str, Callable[[], Schema]] = {"policy": policy_schema, "pack": pack_schema}
