// Write calls of vendors' queues as events in the gateway's words.

import { words } from './choice.js';
import { queued } from './sending.js';

const accounts = {};
const people = {};
const CLICKS = 'gclid wbraid gbraid dclid msclkid ttclid li_fat_id twclid'.split(' ');
// What vendors' own tags say of limits; the gateway reads each as a refusal to sell.
const LIMITS = 'data_processing_options limited_data_use restricted_data_use opt_out_type ldu rdp dpm npa'.split(' ');
// The gateway's names, each with what else it is called. Case and punctuation do not count.
const ALIASES =
  'page_view:pagevisit pageload|view_item:viewcontent contentview|view_item_list:viewcategory listview|search:|' +
  'add_to_cart:addcart|add_to_wishlist:|begin_checkout:initiatecheckout checkoutinitiated startcheckout checkout|' +
  'add_payment_info:addedpaymentinfo addbilling|purchase:completepayment placeanorder productpurchase|' +
  'generate_lead:lead submitform submitleadform|sign_up:completeregistration|subscribe:|start_trial:|contact:|' +
  'schedule:reserve bookappointment|donate:|submit_application:|app_install:mobileappinstall installapp|' +
  'click:clickbutton subscribedbuttonclick|video_start:watchvideo|ad_impression:adview|user_engagement:pagehide|' +
  'select_item:|remove_from_cart:|view_cart:|add_shipping_info:|refund:|login:|share:|download:';
const canonical = {};
for (const row of ALIASES.split('|')) {
  const [name, others] = row.split(':');
  for (const each of [name, ...others.split(' ')]) canonical[each.replace(/_/g, '')] = name;
}

export const known = (name) => canonical[String(name).toLowerCase().replace(/[^a-z0-9]/g, '')];

// A name of the page's own: words in lower case, joined by underscores.
const spelled = (name) =>
  String(name).replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase().replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '').slice(0, 50) || 'custom';

export function account(pixel, id) {
  if (id) accounts[pixel] = accounts[pixel] || String(id);
}

export function person(pixel, who) {
  if (!who) return;
  const email = who.email || who.em || who.user_email || who.email_address || who.sha256_email_address;
  const phone = who.phone_number || who.ph || who.phone || who.user_phone_number || who.phoneNumber;
  if (email || phone) people[pixel] = { email, phone };
}

const first = (of, names) => names.split(' ').map((name) => of[name]).find((value) => value != null && value !== '');

function item(each) {
  if (typeof each !== 'object' || !each) return { item_id: String(each) };
  return {
    item_id: first(each, 'item_id id content_id product_id sku'),
    item_name: first(each, 'item_name name content_name product_name'),
    item_category: first(each, 'item_category category content_category product_category'),
    price: first(each, 'price item_price product_price'),
    quantity: first(each, 'quantity product_quantity'),
  };
}

function order(of) {
  const items = first(of, 'items contents products line_items content_ids item_ids content_id');
  return {
    id: first(of, 'transaction_id order_id transactionId orderId'),
    value: first(of, 'value revenue_value'),
    currency: of.currency,
    tax: of.tax,
    shipping: of.shipping,
    coupon: of.coupon,
    items: items && [].concat(items).map(item),
  };
}

function arrival() {
  const query = new URLSearchParams(location.search);
  const utm = {};
  const click = {};
  for (const name of ['source', 'medium', 'campaign', 'term', 'content']) utm[name] = query.get('utm_' + name) || undefined;
  for (const name of CLICKS) click[name] = query.get(name) || undefined;
  const facebook = query.get('fbclid');
  if (facebook) click.fbc = 'fb.1.' + Date.now() + '.' + facebook;
  return { utm, click };
}

// One call of a vendor's queue. `more` may name the event's `id` and its `account`.
export function emit(pixel, name, given, more) {
  const of = given || {};
  const bought = pixel === 'pinterest_tag' && /^checkout$/i.test(name);
  const event = {
    name: bought ? 'purchase' : known(name) || spelled(name),
    id: (more && more.id) || first(of, 'event_id eventID client_dedup_id conversionId'),
    pixel,
    account: (more && more.account) || accounts[pixel],
    order: order(of),
    contact: people[pixel],
    params: { search_term: first(of, 'search_term search_string query search_query') },
    ...arrival(),
  };
  // What was refused for the whole page, one call does not take back.
  for (const limit of LIMITS) if (of[limit] && !words[limit]) event[limit] = String(of[limit]);
  queued(event);
}
