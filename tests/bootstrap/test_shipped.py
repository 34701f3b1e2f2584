from gateway.bootstrap.shipped import cmps, manifests, policies, resolver


def test_policies_and_packs_are_found():
    assert (policies() / "starter.yaml").is_file()
    assert (policies() / "packs" / "baseline-2026.11.yaml").is_file()


def test_a_file_beside_the_policy_wins_over_a_shipped_one(tmp_path):
    resolve = resolver(tmp_path / "policy.yaml")
    shipped = resolve("packs/baseline-2026.11.yaml")
    assert shipped is not None
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "baseline-2026.11.yaml").write_text("mine")
    assert resolve("packs/baseline-2026.11.yaml") == ("mine", str(tmp_path / "packs" / "baseline-2026.11.yaml"))


def test_extends_leads_nowhere_else(tmp_path):
    (tmp_path / "secret.yaml").write_text("x")
    (tmp_path / "inner").mkdir()
    resolve = resolver(tmp_path / "inner" / "policy.yaml")
    for name in ("../secret.yaml", str(tmp_path / "secret.yaml"), "packs/../../secret.yaml", "nothing.yaml"):
        assert resolve(name) is None


def test_manifests_and_the_operators_own_are_read(tmp_path):
    (tmp_path / "mine.yaml").write_text("text")
    texts = manifests(tmp_path)
    assert "meta.yaml" in texts and texts[str(tmp_path / "mine.yaml")] == "text"


def test_the_table_of_cmps_is_read():
    assert "onetrust" in cmps()
