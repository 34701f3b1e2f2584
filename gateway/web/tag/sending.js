// Keep events in memory until there is a choice, then send them to the gateway, or forget them.

import { chosen, onChoice, stated, words } from './choice.js';

const MOST = 200;
const BATCH = 10;
const waiting = [];
const held = {};
let address = '';
let extras = [];
let timer;

export function sendTo(endpoint, collect) {
  address = endpoint;
  extras = collect;
  onChoice(flush);
  // The last moment at which a page is sure to be asked.
  addEventListener('pagehide', flush);
  document.addEventListener('visibilitychange', flush);
  document.addEventListener('prerenderingchange', flush);
}

// A vendor's own consent call: until it is granted, that vendor's events stay here.
export function hold(pixel, on) {
  held[pixel] = on;
  flush();
}

export function queued(event) {
  if (chosen() === 0 || waiting.length >= MOST) return;
  if (event.id) event.id = String(event.id);
  else if (self.crypto && crypto.randomUUID) event.id = crypto.randomUUID();
  const page = { url: location.href, title: document.title, referrer: document.referrer || undefined };
  const device = {};
  if (extras.includes('language')) device.language = navigator.language;
  if (extras.includes('screen')) device.screen = screen.width + 'x' + screen.height;
  waiting.push([performance.now(), { page, device, ...event }]);
  timer = timer || setTimeout(flush);
}

function flush() {
  clearTimeout(timer);
  timer = 0;
  const choice = chosen();
  if (choice === 0) waiting.length = 0;
  if (choice !== 1 || document.prerendering) return;
  const ready = waiting.filter((each) => !held[each[1].pixel]);
  const kept = waiting.filter((each) => held[each[1].pixel]);
  waiting.splice(0, waiting.length, ...kept);
  while (ready.length) send(ready.splice(0, BATCH));
}

function send(batch) {
  const now = performance.now();
  const said = { ...words, consent: stated() };
  const body = JSON.stringify(batch.map(([then, event]) => ({ ...said, ...event, ago: Math.max(0, now - then) / 1000 })));
  if (!navigator.sendBeacon(address, body)) {
    fetch(address, { method: 'POST', body, credentials: 'include' }).catch(() => 0);
  }
}
