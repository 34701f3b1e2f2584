"""The data sheet tells what a vendor receives, from which field, and under which consent."""

from gateway.vendors.sheet import sheet


def test_a_sheet_lists_every_field_that_leaves(catalogue):
    page = sheet(catalogue.manifests["meta"])
    rows = {row["field"]: row for row in page["receives"]}
    assert rows["user_data.em"] == {
        "field": "user_data.em",
        "from": "contact.email_sha256",
        "class": "contact_hash",
        "grants": ["ad_user_data"],
    }
    assert rows["event_source_url"]["class"] == "page_url_clean"
    assert page["requires"] == ["ad_storage"]
    assert [pixel["id"] for pixel in page["pixels"]] == ["meta_pixel", "meta_custom_audience_legacy"]
    assert page["pixels"][0]["path"] == "/tr/?"
    assert page["secrets"] == ["access_token"]
    assert page["test_mode"]
    assert (page["erasure"]["supported"], page["erasure"]["by"]) == ("no", [])
    assert "Meta has no call" in page["erasure"]["note"]


def test_nothing_of_the_operator_is_in_it(catalogue):
    for manifest in catalogue.manifests.values():
        sources = {row["from"].partition(".")[0] for row in sheet(manifest)["receives"]}
        assert not sources & {"settings", "secret", "account"}


def test_a_sheet_says_where_erasure_works(catalogue):
    erasure = sheet(catalogue.manifests["ga4"])["erasure"]
    assert (erasure["supported"], erasure["by"]) == ("partial", ["id.ga_client_id"])
    assert erasure["asks"] == ["secret.service_account", "settings.property_id"]
