"""The shipped catalogue and the canonical events, read once for all tests of the vendors."""

from importlib.resources import files

import pytest

from gateway.vendors.catalogue import FIXTURES, SHIPPED, load_catalogue
from gateway.vendors.checks import fixture_event, read_fixtures


@pytest.fixture(scope="session")
def texts():
    return {name: (files("gateway.vendors") / name).read_text("utf-8") for name in (*SHIPPED, FIXTURES)}


@pytest.fixture(scope="session")
def catalogue(texts):
    return load_catalogue(texts)


@pytest.fixture(scope="session")
def fixtures(texts):
    return read_fixtures(texts[FIXTURES], FIXTURES)


@pytest.fixture(scope="session")
def events(fixtures):
    return {name: fixture_event(fixture) for name, fixture in fixtures.items()}
