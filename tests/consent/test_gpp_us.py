import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.bits import Malformed
from gateway.consent.gpp_fields import CHILDREN, SENSITIVE, US_LAYOUTS
from gateway.consent.gpp_us import read_us
from tests.consent.tcf_packer import base64url, number

GPC_SET, GPC_UNSET = ".YA", ".QA"


def packed(section, version=1, bits=0, **values):
    """A core with zeros, or with the values given, by official name."""
    body = ""
    for field in US_LAYOUTS[section].core:
        if field.name.endswith("Version"):
            body += number(version, 6)
            continue
        given = values.get(field.name, 0)
        body += "".join(
            number(each, 2) for each in (given if isinstance(given, tuple) else [given] * (field.times or 1))
        )
    return base64url(body + "0" * (-len(body) % 8 if bits == 8 else 0))


@pytest.mark.parametrize("bits", [6, 8])
@pytest.mark.parametrize("section", US_LAYOUTS)
def test_both_paddings_are_read_and_no_other_length(section, bits):
    text = packed(section, version=US_LAYOUTS[section].version, bits=bits)
    assert read_us(section, text).name == US_LAYOUTS[section].name
    for wrong in (text + "AA", text[:-2]):
        with pytest.raises(Malformed):
            read_us(section, wrong)


@pytest.mark.parametrize(("value", "refused"), [(0, False), (1, True), (2, False), (3, True)])
@pytest.mark.parametrize("section", US_LAYOUTS)
def test_an_opt_out_is_one_and_so_is_what_means_nothing(section, value, refused):
    version = US_LAYOUTS[section].version
    for field, says in (
        ("SaleOptOut", "sale"),
        ("SharingOptOut", "sharing"),
        ("TargetedAdvertisingOptOut", "targeted_advertising"),
    ):
        if field not in {each.name for each in US_LAYOUTS[section].core}:
            continue
        read = read_us(section, packed(section, version, **{field: value}))
        assert getattr(read, says) is refused


@pytest.mark.parametrize("version", [0, 2, 5, 63])
def test_a_version_that_is_not_known_refuses_everything(version):
    read = read_us(9, packed(9, version, SaleOptOut=2, TargetedAdvertisingOptOut=2, SensitiveDataProcessing=(2,) * 8))
    assert (read.sale, read.sharing, read.targeted_advertising, read.is_known) == (True, True, True, False)
    assert read.withheld(SENSITIVE) == (True,) * 8


def test_a_consent_is_withheld_where_it_is_refused_or_says_what_is_not_defined():
    read = read_us(17, packed(17, SensitiveDataProcessing=(0, 1, 2, 3, 2, 0, 1, 2, 3)))
    assert read.withheld(SENSITIVE) == (False, True, False, True, False, False, True, False, True)
    assert read.withheld(CHILDREN) == (False,) * 5


def test_gpc_is_seen_where_it_is_set():
    text = packed(10, SaleOptOut=2)
    assert read_us(10, text + GPC_SET).gpc
    assert (read_us(10, text + GPC_UNSET).gpc, read_us(10, text).gpc) == (False, False)
    assert (read_us(10, text + GPC_UNSET).fields["Gpc"], read_us(10, text).fields["Gpc"]) == (False, None)


@pytest.mark.parametrize("more", [".", ".AA", ".4A", ".IA", ".QA.YA", ".QAAA", ".Q$", "."])
def test_a_gpc_segment_of_another_kind_is_refused(more):
    with pytest.raises(Malformed):
        read_us(10, packed(10) + more)


@pytest.mark.parametrize("section", [9, 11, 13])
def test_a_state_without_a_second_segment_has_none(section):
    with pytest.raises(Malformed):
        read_us(section, packed(section) + GPC_SET)


def test_sensitive_data_in_a_segment_of_its_own_is_withheld_where_that_is_absent():
    assert read_us(25, packed(25)).withheld(SENSITIVE) == (True,)
    written = (False, True, False, False, False, True, True, True)
    assert read_us(25, packed(25) + ".mpU").withheld(SENSITIVE) == written


def test_a_section_that_knows_no_such_list_withholds_nothing_in_it():
    assert read_us(9, packed(9)).withheld("PersonalDataConsents") == ()


@pytest.mark.parametrize("section", [24, 25, 26, 27])
def test_a_section_that_begins_with_its_own_id_is_refused(section):
    """The layout of the specifications' text; libraries write another, in which it would read as no opt-out."""
    with pytest.raises(Malformed):
        read_us(section, packed(section, version=section))


def test_the_length_of_the_national_section_tells_its_layout():
    old = read_us(7, "BVQqAAAACgA").fields
    new = read_us(7, "BVQVAAAAAAGA").fields
    assert (old["MspaCoveredTransaction"], new["MspaCoveredTransaction"]) == (2, 2)
    assert [len(each["SensitiveDataProcessing"]) for each in (old, new)] == [12, 16]


@given(st.sampled_from(sorted(US_LAYOUTS)), st.data())
def test_it_reads_what_was_packed(section, data):
    two_bits = st.integers(0, 3)
    values = {
        field.name: data.draw(two_bits if field.times is None else st.tuples(*[two_bits] * field.times))
        for field in US_LAYOUTS[section].core[1:]
    }
    fields = read_us(section, packed(section, US_LAYOUTS[section].version, **values)).fields
    assert {name: fields[name] for name in values} == values


def test_what_is_written_beyond_an_old_versions_kinds_still_refuses():
    read = read_us(7, packed(7, version=1, SensitiveDataProcessing=(2,) * 15 + (1,), MspaCoveredTransaction=1))
    assert read.withheld(SENSITIVE) == (False,) * 15 + (True,)


def test_a_national_section_that_was_cut_is_not_taken_for_one_of_the_old_layout():
    for version in (1, 2):
        text = packed(7, version, MspaCoveredTransaction=1, SensitiveDataProcessing=(2,) * 16)
        with pytest.raises(Malformed):
            read_us(7, text[:-1])
