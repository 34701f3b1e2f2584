"""No edit of a shipped manifest that would leak gets past the loader; `tests.vendors.leaking` tries them all."""

import pytest

from tests.vendors.leaking import EDITS, let_through, tried

EVERY = 19


def test_a_sample_of_every_kind_is_refused(catalogue):
    found = list(tried(list(catalogue.manifests.values()), EVERY))
    assert [(kind, name) for kind, name, through in found if through] == []
    assert len(EDITS) >= 90
    assert sum(through is False for _, _, through in found) >= 3 * len(EDITS)


@pytest.mark.parametrize("kind", EDITS)
def test_each_kind_means_something_to_some_manifest(kind, catalogue):
    names = ("meta", "ga4", "awin", "klaviyo", "linkedin_conversions", "hubspot", "matomo", "google_ads")
    assert False in [let_through(EDITS[kind], catalogue.manifests[name]) for name in names]


def test_an_edit_that_leaks_nothing_is_let_through(catalogue):
    assert let_through(lambda value, manifest: value, catalogue.manifests["meta"])
