"""What every test may rely on: properties that give the same examples on every run and machine, and manifests that are
compiled once for all plans of a process, since a manifest is what its text says and never changes; and a Chromium for those
who ask for it."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from gateway.vendors import catalogue
from gateway.vendors.manifest import Manifest
from tests.chromium import started

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=200, database=None)
settings.load_profile("steady")


def once(load: Callable[[str, str], Manifest]) -> Callable[[str, str], Manifest]:
    """The same, remembering of each file the manifest that its last text made."""
    made: dict[str, tuple[str, Manifest]] = {}

    def manifest(text: str, file: str) -> Manifest:
        if file not in made or made[file][0] != text:
            made[file] = text, load(text, file)
        return made[file][1]

    return manifest


catalogue.load_manifest = once(catalogue.load_manifest)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running Chromium. While there is one, this thread has a loop, and no test may begin another."""
    with started() as browser:
        yield browser
