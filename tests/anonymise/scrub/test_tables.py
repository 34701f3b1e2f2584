from gateway.anonymise.scrub.tables import shipped


def test_the_shipped_tables_are_mappings_of_words():
    for name in ("keys.yaml", "names.yaml"):
        table = shipped(name)
        assert all(isinstance(words, str) and words for words in table.values())
