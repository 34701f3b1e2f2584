"""Know the parameters of web addresses that identify somebody: what each is, and who issued it.

The names come from the vendors' documentation and from the public registry of tracking query parameters of mpchadwick
(Unlicense); they were compared with the lists of Firefox, Brave, ClearURLs and Matomo, of which nothing is copied.
Names are compared in lower case.
"""

import re

# Issuer -> the parameters that identify one click on one of its advertisements, links or posts.
_CLICKS = {
    "google": "gclid gclsrc gbraid wbraid dclid srsltid gclaw gclgb gclgs gclst gcldc gac",
    "meta": "fbclid fbc fbp fb_action_ids fb_xd_fragment igshid igsh",
    "microsoft": "msclkid",
    "tiktok": "ttclid ttp",
    "x": "twclid __twitter_impression",
    "linkedin": "li_fat_id",
    "pinterest": "epik _epik",
    "snap": "sccid scclid",
    "reddit": "rdt_cid",
    "quora": "qclid",
    "nextdoor": "ndclid",
    "yandex": "yclid ysclid ymclid",
    "yahoo": "vmcid",
    "taboola": "tblci tabclid",
    "outbrain": "ob_click_id obclickid dicbo",
    "rokt": "rtid",
    "wicked": "wickedid",
    "adobe": "ef_id",
    "branch": "_branch_match_id",
    "appsflyer": "afclick",
    "awin": "awc",
    "cj": "cjevent cjdata",
    "impact": "irclickid irgwc",
    "rakuten": "ranmid raneaid ransiteid",
    "zanox": "zanpid",
    "shareasale": "sscid",
    "tradedoubler": "tduid",
    "seznam": "sznclid",
    "rtbhouse": "rb_clickid",
    "blueshift": "bsft_clkid",
    "": "syclid unicorn_click_id clickid click_id campaignclickid",
}

# They identify the recipient of a mail or message, or a person in somebody's list.
_RECIPIENTS = """
mc_eid mkt_tok _hsenc _hsmi hsctatracking __hsfp __hssc __hstc vero_id vero_conv oly_anon_id oly_enc_id __s
ml_subscriber ml_subscriber_hash sc_eh sc_uid sc_customer trk_contact trk_sid _ke _kx bta_tid _bta_tid
_bhlid dm_i et_rid et_rid_key elqtrackid elq_mid elqat ecid cvid sms_click sms_uph at_recipient_id at_recipient_list
bbeml bsft_uid ck_subscriber_id cm_mmc jn_uid nr_email_referer redirect_log_mongo_id redirect_mongo_id
sfmc_activityid sfmc_id sfmc_sub spjobid spmailingid spuserid ss_email_id ttuid vgo_ee wtrid subscriber_id
recipient_id mtm_cid pk_cid matomo_cid os_ehash oft_id oft_ids oft_k oft_lk oft_sk oft_ck oft_c oft_d
"""

# They carry a browser's identifier from one site to the next.
_LINKERS = """
_ga _gac _gl _gcl_au _gcl_aw ga_vid ga_client_id guce_referrer guce_referrer_sig _branch_referrer pk_vid _pk_id
"""

_SESSIONS = "jsessionid phpsessid sid sessionid session_id aspsessionid cftoken cfid"

_PREFIXES = {"_ga_": "linker", "_gac_": "linker", "__hs": "recipient", "aspsessionid": "session"}

# Names that are a person's as often as not: gone at `full`, while an allow-list that names one knows what it does.
_DOUBTFUL = "uid user_id userid visitor_id customerid cid clid s_cid customid si"

ISSUERS: dict[str, str] = {name: issuer for issuer, names in _CLICKS.items() for name in names.split()}

_CLASSES: dict[str, str] = {
    **dict.fromkeys(ISSUERS, "click"),
    **dict.fromkeys(_RECIPIENTS.split(), "recipient"),
    **dict.fromkeys(_LINKERS.split(), "linker"),
    **dict.fromkeys(_SESSIONS.split(), "session"),
}
_DOUBTFUL_NAMES = frozenset(_DOUBTFUL.split())


# A parameter within a value: an address within an address, or a separator that only some servers take for one.
_WITHIN = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]{0,60})=")


def class_of(name: str) -> str:
    """`click`, `recipient`, `linker` or `session` for a parameter that identifies somebody, else empty."""
    plain = name.rpartition(";")[2].strip().lower()  # `&amp;` written once too often
    found = _CLASSES.get(plain)
    if found is not None:
        return found
    return next((kind for prefix, kind in _PREFIXES.items() if plain.startswith(prefix)), "")


def is_doubtful(name: str) -> bool:
    """Whether the name alone does not tell if its value is a person's."""
    return name.lower() in _DOUBTFUL_NAMES


def carries(text: str) -> bool:
    """Whether a decoded text has such a parameter in it, as an address within an address would."""
    return "=" in text and any(class_of(name) for name in _WITHIN.findall(text))
