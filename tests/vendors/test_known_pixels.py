"""Every pixel that is known to be in use is fronted, and each shows in its manifest how it is read."""

from gateway.bootstrap.shipped import manifests
from gateway.vendors.catalogue import load_catalogue

# By the ids under which their requests are fronted.
KNOWN = """
    activecampaign_open adcell adform_trackpoint admitad_tt adobe_analytics adobe_audience_manager adobe_websdk
    adroll_pixel amazon_ads_iu3 amplitude_httpapi at_internet awin_basket awin_landing awin_sread baidu_hm bizible
    brevo_automate campaignmonitor_open chartbeat_ping cj_u comscore_b constantcontact_open criteo_onetag
    customerio_open everflow floodlight ga4_collect ga4_first_party ga_audiences ga_doubleclick gads_ccm_collect
    gads_conversion gads_remarketing gads_user_list heap_h hotjar_events hubspot_collected_forms
    hubspot_email_open hubspot_ptq impact_xconv indeed_conv iterable_open klaviyo_client klaviyo_email_open
    linkedin_insight linkedin_wa mailchimp_open mailgun_open mailjet_open mandrill_open marketo_email_open
    marketo_munchkin matomo meta_custom_audience_legacy meta_pixel microsoft_clarity microsoft_uet mixpanel_track
    nextdoor_pixel omnisend_open openai_pixel outbrain_pixel pardot_analytics pardot_email_open parsely_px
    partnerize pinterest_tag piwik_pro plausible posthog_capture postmark_open quantcast_pixel quora_pixel
    rakuten_ep reddit_pixel rokt_teads rtbhouse_tags segment_pixel sendgrid_open sendgrid_ss_open ses_open
    seznam_sklik sfmc_collect sfmc_open shareasale_sale shopify_email_open shopify_monorail sixsense snap_pixel
    snowplow_pixel spotify_pixel stackadapt_pixel taboola_s2s taboola_unip tatari_pixel tiktok_pixel
    tradedoubler_report tradetracker ttd_pixel tune_aff ua_collect vk_rtrg webgains x_adsct xandr_px yahoo_dot
    yandex_metrica zoominfo_pixel
"""


def test_every_known_pixel_is_fronted_and_read_by_an_example():
    catalogue, known = load_catalogue(manifests()), set(KNOWN.split())
    assert len(known) == 108
    assert sorted(known - set(catalogue.pixels)) == []
    shown = set()
    for manifest in catalogue.manifests.values():
        for hit in (test["hit"] for test in manifest.document.value["tests"] if "hit" in test):
            found = catalogue.recognise(hit.get("method", "GET"), hit["url"], hit.get("body", ""))
            shown.add(found.pixel if found else "")
    assert sorted(known - shown) == []
