from gateway.consent.gpp_fields import CHILDREN, GPC, SENSITIVE, SENSITIVE_PART, US_LAYOUTS, USNAT_OLD

# The states whose specification has a GPC sub-section, and the bits of each core as the specifications count them.
WITH_GPC = {7, 8, 10, 12, *range(14, 25)}
WIDTHS = {
    7: 70, 8: 46, 9: 40, 10: 38, 11: 42, 12: 44, 13: 46, 14: 46, 15: 52, 16: 42, 17: 52,
    18: 42, 19: 42, 20: 46, 21: 54, 22: 42, 23: 42, 24: 22, 25: 24, 26: 24, 27: 24,
}  # fmt: skip


def test_every_us_section_has_the_width_of_its_specification():
    assert {layout.id: layout.width for layout in US_LAYOUTS.values()} == WIDTHS
    assert (USNAT_OLD.width, sum(field.width for field in SENSITIVE_PART)) == (60, 16)


def test_the_sections_with_gpc_and_with_a_segment_of_sensitive_data_are_the_specifications():
    assert {layout.id for layout in US_LAYOUTS.values() if layout.part == GPC} == WITH_GPC
    assert {layout.id for layout in US_LAYOUTS.values() if layout.part == SENSITIVE} == {25, 26, 27}


def test_every_us_section_has_the_choices_that_refuse():
    for layout in US_LAYOUTS.values():
        names = {field.name for field in layout.core}
        assert "SaleOptOut" in names
        assert ("SharingOptOut" in names) == (layout.id in {7, 8})
        assert ("TargetedAdvertisingOptOut" in names) == (layout.id != 8)
        assert (CHILDREN in names) == (layout.id != 24)
