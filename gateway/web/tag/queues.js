// Take the calls that pages make to vendors' queues, so that the vendors' scripts need not load.

import { google, some, words } from './choice.js';
import { account, emit, known, person } from './events.js';
import { hold } from './sending.js';

const META = 'meta_pixel', GA4 = 'ga4_collect', GADS = 'gads_conversion', LINKEDIN = 'linkedin_insight';
const X = 'x_adsct', TIKTOK = 'tiktok_pixel', PINTEREST = 'pinterest_tag', SNAP = 'snap_pixel';
const REDDIT = 'reddit_pixel', UET = 'microsoft_uet', MATOMO = 'matomo', HUBSPOT = 'hubspot_ptq', PLAUSIBLE = 'plausible';

function meta(call, a, b, c, d) {
  if (call === 'init') account(META, a), person(META, b);
  else if (/^track(Custom)?$/.test(call)) emit(META, a, b, { id: c && c.eventID });
  else if (/^trackSingle(Custom)?$/.test(call)) emit(META, b, c, { account: String(a), id: d && d.eventID });
  else if (call === 'consent') hold(META, a !== 'grant');
  else if (call === 'dataProcessingOptions') words.data_processing_options = [].concat(a || []).join() || undefined;
}

function gtagEvent(name, of) {
  const targets = [].concat((of && of.send_to) || 'G-');
  for (const target of targets) {
    const [, id, label] = /^AW-(\d+)\/?(.*)/.exec(target) || [];
    if (label) emit(GADS, name, of, { account: id });
    else if (!/^(AW|DC)-/.test(target)) emit(GA4, name, of, { account: /^G-./.test(target) ? target : '' });
  }
  if (of && of.event_callback) setTimeout(of.event_callback);
}

function gtag(call, a, b, c) {
  if (call === 'consent') google(a, b);
  else if (call === 'event') gtagEvent(a, b);
  else if (call === 'get' && typeof c === 'function') c();
  else if (call === 'set') {
    const of = typeof a === 'object' ? a : { [a]: b };
    person(GA4, of.user_data);
    person(GADS, of.user_data);
    if (of.allow_ad_personalization_signals === false) words.npa = '1';
    if (of.restricted_data_processing) words.rdp = '1';
  } else if (call === 'config' && /^G-/.test(a)) {
    account(GA4, a);
    if (!b || b.send_page_view !== false) emit(GA4, 'page_view', b, { account: a });
  }
}

// An object in the data layer is an event of GA4 only where a standard name says so.
function layered(entry) {
  if (!entry) return;
  if (typeof entry[0] === 'string') gtag(...entry);
  else if (/_/.test(entry.event) ? known(entry.event) : /^(purchase|search|refund|login|share)$/.test(entry.event)) {
    emit(GA4, entry.event, { ...entry, ...entry.ecommerce });
  }
}

let partner;

// Its snippet says who it is by a variable, and its script would have counted the page by itself.
function linkedinPage() {
  if (partner || !window._linkedin_partner_id) return;
  account(LINKEDIN, (partner = _linkedin_partner_id));
  emit(LINKEDIN, 'page_view');
}

function linkedin(call, a) {
  linkedinPage();
  if (call === 'track') emit(LINKEDIN, 'conversion', a);
  else if (call === 'setUserData') person(LINKEDIN, a);
}

function x(call, a, b) {
  if (call === 'config') account(X, a), emit(X, 'page_view');
  else if (call === 'init') account(X, a);
  else if (call === 'track') emit(X, a, b, { id: b && b.conversion_id });
  else if (call === 'event') {
    person(X, b);
    emit(X, /^tw-/.test(a) ? 'conversion' : a, b, { id: b && b.conversion_id });
  }
}

function tiktok(call, a, b, c) {
  account(TIKTOK, Object.keys(ttq._i || {})[0]);
  if (call === 'load') account(TIKTOK, a);
  else if (call === 'page') emit(TIKTOK, 'page_view', a);
  else if (call === 'track') emit(TIKTOK, a, b, { id: c && c.event_id });
  else if (call === 'identify') person(TIKTOK, a);
  else if (/^(hold|revoke|grant)Consent$/.test(call)) hold(TIKTOK, call !== 'grantConsent');
}

function pinterest(call, a, b) {
  if (call === 'load') account(PINTEREST, a), person(PINTEREST, b);
  else if (call === 'set') person(PINTEREST, a);
  else if (call === 'page') emit(PINTEREST, 'page_view', a);
  else if (call === 'track') emit(PINTEREST, a, b);
  else if (call === 'setconsent') hold(PINTEREST, a !== true);
}

function tracked(pixel) {
  return (call, a, b) => {
    if (call === 'init') account(pixel, a), person(pixel, b);
    if (call === 'init' && b && b.optOut) hold(pixel, true);
    if (call === 'track') emit(pixel, a, b);
  };
}

function uet(call, a, b) {
  if (call === 'event') emit(UET, a || 'custom', b);
  else if (call === 'pageLoad') emit(UET, 'page_view');
  else if (call === 'set') person(UET, a && a.pid);
  else if (call === 'consent' && b && b.ad_storage) hold(UET, b.ad_storage !== 'granted');
  else if (call && call.ea) emit(UET, call.ea, { value: call.gv, currency: call.gc });
}

// An array of Microsoft's holds the arguments of all calls in a row.
function uetRow(row) {
  const list = [...row];
  while (list.length) {
    const call = list.shift();
    if (/^(event|consent)$/.test(call)) uet(call, list.shift(), typeof list[0] === 'object' ? list.shift() : undefined);
    else uet(call, call === 'set' ? list.shift() : undefined);
  }
}

let cart = [];

// Three noes that are independent: to tracking at all, to cookies, and an opt-out.
const refused = {};

function matomo([call, ...a]) {
  if (call === 'setSiteId') account(MATOMO, a[0]);
  else if (call === 'trackPageView') emit(MATOMO, 'page_view');
  else if (call === 'trackEvent') emit(MATOMO, a[1] || 'custom', { value: a[3] });
  else if (call === 'trackGoal') emit(MATOMO, 'conversion', { value: a[1] });
  else if (call === 'trackSiteSearch') emit(MATOMO, 'search', { search_term: a[0] });
  else if (call === 'addEcommerceItem') cart.push({ id: a[0], name: a[1], price: a[3], quantity: a[4] });
  else if (call === 'trackEcommerceCartUpdate') emit(MATOMO, 'add_to_cart', { value: a[0], items: cart });
  else if (call === 'trackEcommerceOrder') {
    emit(MATOMO, 'purchase', { order_id: a[0], value: a[1], tax: a[3], shipping: a[4], items: cart });
    cart = [];
  } else {
    const what = /^(?:require|set|remember|forget|opt)((Cookie)?Consent|UserO)/.exec(call);
    if (what) refused[what[1]] = /^(req|o|forgetC)/.test(call);
    hold(MATOMO, some(refused));
  }
}

function hubspot([call, a]) {
  if (call === 'identify') person(HUBSPOT, a);
  else if (call === 'doNotTrack') hold(HUBSPOT, !(a && a.track));
  else if (call === 'trackPageView') emit(HUBSPOT, 'page_view');
  else if (/^track.*Event$/.test(call)) emit(HUBSPOT, a.name || a.id, { ...a.properties, value: a.value });
}

function plausible(name, more) {
  const of = more || {};
  const money = of.revenue || {};
  emit(PLAUSIBLE, name, { value: money.amount, currency: money.currency });
  if (of.callback) setTimeout(of.callback);
}

// No fault of ours may stop a page.
const safely = (handle, values) => {
  try {
    handle(...values);
  } catch (_) {}
};

export function takeCalls(name, handle) {
  const old = window[name] || {};
  window[name] = function () {
    safely(handle, arguments);
  };
  for (const call of old.queue || old.q || old.callQueue || []) safely(handle, call);
}

function takeList(name, handle, keep) {
  const list = (window[name] = window[name] || []);
  const before = [].slice.call(list);
  if (!keep) list.length = 0;
  list.push = function () {
    if (keep) [].push.apply(list, arguments);
    for (const each of arguments) safely(handle, [each]);
    return list.length;
  };
  for (const each of before) safely(handle, [each]);
  return list;
}

function takeUet() {
  const row = (window.uetq || []).splice ? [...(window.uetq || [])] : [];
  const queue = (window.uetq = []);
  queue.push = (...call) => safely(uet, call);
  window.UET = function (options) {
    account(UET, options.ti);
    if (options.q && options.q !== queue) safely(uetRow, [options.q]);
    return queue;
  };
  safely(uetRow, [row]);
}

function takeTiktok() {
  const ttq = takeList('ttq', (call) => tiktok(...call));
  for (const name of 'load page track identify holdConsent revokeConsent grantConsent'.split(' ')) {
    ttq[name] = (...values) => safely(tiktok, [name, ...values]);
  }
  ttq.instance = () => ttq;
}

export function takeAll() {
  takeList('dataLayer', layered, true);
  window.gtag = function () {
    dataLayer.push(arguments);
  };
  takeCalls('fbq', meta);
  window._fbq = fbq;
  takeCalls('lintrk', linkedin);
  linkedinPage();
  document.addEventListener('DOMContentLoaded', linkedinPage);
  takeCalls('twq', x);
  takeTiktok();
  takeCalls('pintrk', pinterest);
  takeCalls('snaptr', tracked(SNAP));
  takeCalls('rdt', tracked(REDDIT));
  takeUet();
  takeList('_paq', matomo);
  takeList('_hsq', hubspot);
  takeCalls('plausible', plausible);
}

export function plausibleSite(domain) {
  account(PLAUSIBLE, domain.split(',')[0]);
  plausible('pageview');
}
