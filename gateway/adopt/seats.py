"""Know in which country the companies sit that get what the shipped vendors' pixels tell."""

# Where nothing is said a person has to say it: the vendor runs on a host of anybody's, or its seat is not certain.
_SEATS = {
    "US": (
        "meta ga4 google_ads google_remarketing google_ccm google_signals google_data_manager floodlight x_ads linkedin"
        " linkedin_conversions pinterest snap reddit microsoft_uet microsoft_capi quora taboola outbrain trade_desk"
        " adroll amazon_ads indeed nextdoor xandr yahoo teads openai_ads quantcast comscore zoominfo cj impact"
        " shareasale tune everflow posthog segment mixpanel amplitude adobe_analytics adobe_websdk hubspot marketo"
        " klaviyo pardot sfmc mailchimp"
    ),
    "CA": "stackadapt",
    "CN": "tiktok",
    "CZ": "seznam",
    "DE": "awin adcell",
    "DK": "adform",
    "FR": "criteo brevo",
    "GB": "partnerize",
    "JP": "rakuten",
    "NL": "tradetracker",
    "PL": "piwik_pro",
    "SE": "tradedoubler",
}

# What these get stays with the site itself.
OWN = frozenset(("jsonl", "webhook", "email_opens"))


def country(vendor: str) -> str:
    """The code of the country (ISO 3166-1) of a manifest's company, or empty."""
    return next((code for code, vendors in _SEATS.items() if vendor in vendors.split()), "")
