// Begin: read the attributes of the script's element, then take over.

import { look, recorded, say } from './choice.js';
import { plausibleSite, takeAll, takeCalls } from './queues.js';
import { queued, sendTo } from './sending.js';

function direct(call, a, b) {
  if (call === 'event') queued({ name: String(a), ...b });
  else if (call === 'choice') say('gateway', a === true ? 1 : 0);
}

function start() {
  const script = document.currentScript;
  if (!script || (window.gw && window.gw.taken)) return;
  const set = script.dataset;
  const origin = new URL(script.src, location.href).origin;
  sendTo(origin + '/e', (set.collect || '').split(/[\s,]+/));
  if (set.choice === 'none') say('nobody', 1);
  if (set.choice === 'gateway') recorded(origin);
  look();
  setInterval(look, 400);
  takeAll();
  takeCalls('gw', direct);
  window.gw.taken = true;
  if (set.domain) plausibleSite(set.domain);
  if ('pageView' in set) queued({ name: 'page_view' });
}

start();
