// Learn what the visitor chose, from whatever asks it on this page.

// Who asks -> -1 no answer yet, 0 a no to everything, 1 an answer with which the gateway may be asked.
const said = {};
// Consent types by who told them: Google's calls, and platforms that have no string of their own.
const told = {};
const defaults = {};
// What goes with each event, under the names that the gateway reads.
export const words = {};
const ADS = ['ad_storage', 'ad_user_data', 'ad_personalization'];
const listeners = [];
const watched = {};

export const some = (values) => Object.values(values || {}).some(Boolean);

// A no of anybody is the answer; then whoever still waits; nobody at all is no yes either.
export function chosen() {
  const all = Object.values(said);
  return all.includes(0) ? 0 : all.includes(-1) || !all.length ? -1 : 1;
}

export function say(who, answer) {
  if (said[who] === answer && answer < 1) return;
  said[who] = answer;
  listeners.forEach((listener) => listener());
}

export const onChoice = (listener) => listeners.push(listener);

// Google's types as they were told; denied by one is denied.
export function stated() {
  const types = {};
  for (const each of Object.values(told)) {
    for (const type in each) types[type] = types[type] === 'denied' ? 'denied' : each[type];
  }
  return some(types) ? types : undefined;
}

// A default is no choice. What it denies stays denied where the update is silent, wherever it was meant for.
export function google(act, types) {
  if (!types) return;
  for (const type in types) {
    if (!/^(ad|analytics|functionality|personalization)_/.test(type)) continue;
    if (act === 'default' && types[type] !== 'granted') defaults[type] = 'denied';
    if (act === 'update') defaults[type] = types[type] === 'granted' ? 'granted' : 'denied';
  }
  if (act === 'update') settle('google', { ...defaults });
}

function settle(who, types) {
  const asked = [...ADS, 'analytics_storage'].filter((type) => types[type]);
  if (!asked.length) return;
  told[who] = types;
  say(who, asked.some((type) => types[type] === 'granted') ? 1 : 0);
}

// A platform's categories: pairs of a name and whether all of it was agreed to.
function categories(who, pairs) {
  const types = {};
  for (const [name, yes] of pairs) {
    const meant = /market|advert|social|target|opt_out/i.test(name) ? ADS
      : /analy|perform|statis/i.test(name) ? ['analytics_storage'] : [];
    const agreed = /opt_out/i.test(name) ? !yes : yes;
    for (const type of meant) types[type] = agreed && types[type] !== 'denied' ? 'granted' : 'denied';
  }
  settle(who, types);
}

function tcf() {
  __tcfapi('addEventListener', 2, (data, fine) => {
    if (!fine || !data) return;
    const settled = /^(tcloaded|useractioncomplete)$/.test(data.eventStatus);
    const outside = data.gdprApplies === false;
    words.gdpr = outside ? '0' : data.gdprApplies ? '1' : undefined;
    words.gdpr_consent = (settled && data.tcString) || undefined;
    words.addtl_consent = (settled && data.addtlConsent) || undefined;
    say('tcf', outside ? 1 : settled ? +some(data.purpose && data.purpose.consents) : -1);
  });
}

function gpp() {
  const heard = (ping) => {
    if (!ping) return;
    const ready = ping.signalStatus === 'ready';
    const sections = (ping.applicableSections || []).filter((id) => id > 0);
    const europe = [].concat((ping.parsedSections || {}).tcfeuv2 || [])[0];
    words.gpp = (ready && ping.gppString) || undefined;
    words.gpp_sid = ready && sections.length ? sections.join() : undefined;
    const refused = europe && sections.includes(2) && !some(europe.PurposeConsents || europe.PurposeConsent);
    say('gpp', ready ? +!refused : -1);
  };
  __gpp('addEventListener', (event, fine) => fine && event && heard(event.pingData));
  __gpp('ping', heard);
}

function usp() {
  __uspapi('getUSPData', 1, (data, fine) => {
    if (!fine || !data || words.us_privacy === data.uspString) return;
    words.us_privacy = data.uspString;
    say('usp', 1);
  });
}

function osano(platform) {
  const heard = (given) => given && categories('osano', Object.entries(given).map(([name, word]) => [name, word === 'ACCEPT']));
  platform.addEventListener('osano-cm-initialized', heard);
  platform.addEventListener('osano-cm-consent-saved', heard);
}

function termly(platform) {
  const given = platform.getConsentState();
  if (given) categories('termly', Object.entries(given));
}

function usercentrics(platform) {
  if (!platform.isInitialized()) return;
  if (platform.isConsentRequired()) return say('usercentrics', -1);
  categories('usercentrics', platform.getServicesBaseInfo().map((each) => [each.categorySlug, each.consent.status]));
}

function once(who, found, listen) {
  if (!found || watched[who]) return;
  watched[who] = 1;
  say(who, -1);
  listen(found);
}

// A platform may come long after this script, and some of them tell a change to nobody.
export function look() {
  if (navigator.globalPrivacyControl) words.gpc = '1';
  once('tcf', window.__tcfapi, tcf);
  once('gpp', window.__gpp, gpp);
  once('osano', (window.Osano || {}).cm, osano);
  once('termly', (window.Termly || {}).getConsentState, () => 0);
  once('usercentrics', (window.UC_UI || {}).isInitialized, () => 0);
  once('usp', window.__uspapi, () => 0);
  if (watched.usp) usp();
  if (watched.termly) termly(Termly);
  if (watched.usercentrics) usercentrics(UC_UI);
}

// The gateway's own record of the choice; readable by pages of its very own origin alone.
export function recorded(origin) {
  say('gateway', -1);
  fetch(origin + '/consent', { credentials: 'include' })
    .then((answer) => answer.json())
    .then((record) => {
      // What the page has told meanwhile is newer.
      const heard = said.gateway === -1 && record.given;
      if (heard) say('gateway', +record.purposes.some((each) => each.choice === 'granted'));
    })
    .catch(() => 0);
}
