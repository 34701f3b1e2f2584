import pytest

from gateway.anonymise.parameters import ISSUERS, carries, class_of, is_doubtful
from gateway.taxonomy import GROUPS, ISSUER_OF


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            "click",
            "gclid GCLID fbclid igshid msclkid ttclid twclid li_fat_id epik ScCid rdt_cid qclid irclickid cjevent",
        ),
        ("click", "awc dclid gbraid wbraid gclsrc srsltid ranSiteID rb_clickid tblci tduid vmcid yclid ysclid rtid"),
        (
            "recipient",
            "mc_eid mkt_tok vero_id _hsenc __hssc __hsnew __s dm_i elqTrackId sfmc_id spUserID ml_subscriber",
        ),
        ("recipient", "oly_anon_id _ke _kx ck_subscriber_id wtrid mtm_cid pk_cid trk_contact bsft_uid ss_email_id"),
        ("linker", "_ga _gl _ga_ABC123 _gac_UA-1 ga_vid guce_referrer _branch_referrer"),
        ("session", "jsessionid PHPSESSID sid sessionid ASPSESSIONIDABCDEF cfid CFTOKEN"),
        (
            "",
            "utm_source utm_medium utm_id gad_source gad_campaignid hsa_cam mtm_campaign pk_kwd mc_cid mkwid q size page",
        ),
        ("", "campid s_kwcid tw_campaign cmpid itm_source"),
    ],
)
def test_each_parameter_has_its_class(kind, names):
    assert {name: class_of(name) for name in names.split()} == dict.fromkeys(names.split(), kind)


def test_a_doubtful_name_is_of_no_class():
    assert is_doubtful("UID") and class_of("uid") == ""
    assert not is_doubtful("q")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/?x=1&gclid=2", True),
        ("gclid", False),
        ("x=gclid", False),
        ("a=1;mc_eid=2", True),
        ("", False),
    ],
)
def test_a_text_carries_a_parameter_only_with_a_value(text, expected):
    assert carries(text) is expected


def test_a_click_field_and_the_parameter_of_its_name_have_one_issuer():
    shared = set(ISSUERS) & set(ISSUER_OF)
    assert shared >= {"gclid", "msclkid", "ttclid", "awc", "fbc"}
    assert {name: ISSUERS[name] for name in shared} == {name: ISSUER_OF[name] for name in shared}
    assert set(GROUPS["click"]) - set(ISSUER_OF) == {"affiliate_ref"}
