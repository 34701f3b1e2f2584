"""What a request asks for decides what is done, and what is asked to be left out is left out."""

from dataclasses import replace

import pytest

from gateway.dsr.request import METHODS, Moment, Request, Scope, TaskState, Type
from gateway.dsr.steps import World, planned, refused_by
from gateway.policy.model import Purpose
from gateway.taxonomy import FAMILIES

NOW = 1_795_429_200
PURPOSES = {family: Purpose(family, family, family, family == "analytics") for family in FAMILIES}
WORLD = World(("meta", "crm", "files"), frozenset({"files"}), PURPOSES, 0)
REQUEST = Request("id", "client", Type.ERASURE, "gdpr", NOW, NOW + 9, "digest", history=(Moment("queued", NOW),))


def targets(request, world=WORLD):
    return [task.target for task in planned(request, world)]


def test_an_erasure_refuses_first_and_destroys_before_anybody_else_is_asked():
    assert targets(REQUEST) == [
        "journal", "suppression", "in_flight", "store", "destination:meta", "destination:crm", "archive:files", "files",
    ]  # fmt: skip


def test_it_asks_only_whom_it_is_limited_to_and_names_copies_where_there_are_any():
    limited = replace(REQUEST, scope=Scope(("crm",)))
    assert targets(limited)[4:] == ["destination:crm", "files"]
    assert planned(REQUEST, WORLD._replace(backups=60))[-1].completes_by == NOW + 60


@pytest.mark.parametrize(
    ("type", "expected"),
    [
        (Type.ACCESS, ["package"]),
        (Type.PORTABILITY, ["package"]),
        (Type.OPT_IN, ["suppression"]),
        (Type.OPT_OUT, ["suppression", "in_flight"]),
        (Type.OBJECTION, ["suppression", "in_flight"]),
        (Type.RESTRICTION, ["suppression", "in_flight"]),
        (Type.RECTIFICATION, ["rectification"]),
    ],
)
def test_every_other_type_has_its_targets(type, expected):
    request = replace(REQUEST, type=type)
    assert targets(request) == expected
    assert {task.method for task in planned(request, WORLD)} <= METHODS.keys()
    assert (planned(request, WORLD)[0].state is TaskState.MANUAL) == (type is Type.RECTIFICATION)


def test_each_withdrawal_refuses_its_families():
    assert refused_by(Type.OPT_OUT, PURPOSES) == ("analytics", "advertising", "personalization")
    assert refused_by(Type.OBJECTION, PURPOSES) == FAMILIES[1:]
    assert refused_by(Type.RESTRICTION, PURPOSES) is None
