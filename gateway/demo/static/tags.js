// What the vendors' libraries do on a page, request for request: fbq, gtag. The libraries themselves live on the vendors'
// hosts, and this demo asks no other host for anything. Parameters have the names that the real ones give them.
"use strict";

(() => {
  const send = (path, parameters, method = "GET") => {
    const query = Object.entries(parameters)
      .filter(([, value]) => value !== undefined && value !== "")
      .map(([name, value]) => `${encodeURIComponent(name).replace(/%5B/g, "[").replace(/%5D/g, "]")}=${encodeURIComponent(value)}`)
      .join("&");
    if (method === "POST") fetch(`${path}?${query}`, { method, keepalive: true });
    else new Image().src = `${path}?${query}`;
  };
  const digits = () => String(Math.floor(Math.random() * 9e9) + 1e9);
  const remembered = (name, fresh) => {
    const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
    const value = found ? found.slice(name.length + 1) : fresh;
    document.cookie = `${name}=${value}; path=/; max-age=7776000; samesite=lax`;
    return value;
  };
  const sha256 = async (text) => {
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text.trim().toLowerCase()));
    return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  let meta = "";
  let matching = Promise.resolve({});
  const track = async (name, properties = {}, options = {}) => {
    const click = new URLSearchParams(location.search).get("fbclid");
    const custom = Object.entries(properties).map(([key, value]) => [`cd[${key}]`, Array.isArray(value) ? JSON.stringify(value) : value]);
    send("/g/meta_pixel/tr/", {
      id: meta, ev: name, dl: location.href, rl: document.referrer, if: "false", ts: Date.now(), ...Object.fromEntries(custom),
      ...(await matching), sw: screen.width, sh: screen.height, v: "2.9.274", r: "stable",
      fbp: remembered("_fbp", `fb.1.${Date.now()}.${digits()}`), fbc: click ? `fb.1.${Date.now()}.${click}` : undefined,
      eid: options.eventID, rqm: "GET",
    });
  };
  window.fbq = (command, ...rest) => {
    if (command === "init") {
      meta = rest[0];
      const email = rest[1] && rest[1].em;
      matching = email ? sha256(email).then((hash) => ({ "ud[em]": hash })) : Promise.resolve({});
    } else if (command === "track") track(...rest);
  };

  let measurement = "";
  let container = "";
  const collect = (name, properties = {}) => {
    const { transaction_id, value, currency } = properties;
    send(`${container}/g/collect`, {
      v: "2", tid: measurement, _p: Date.now(), cid: remembered("_ga", `GA1.1.${digits()}.${Math.floor(Date.now() / 1000)}`).replace(/^GA1\.1\./, ""),
      ul: navigator.language.toLowerCase(), sr: `${screen.width}x${screen.height}`, sid: Math.floor(Date.now() / 1000), sct: "1", seg: "1",
      dl: location.href, dr: document.referrer, dt: document.title, en: name, cu: currency, "epn.value": value, "ep.transaction_id": transaction_id,
    }, "POST");
  };
  window.gtag = (command, ...rest) => {
    if (command === "config") {
      [measurement] = rest;
      container = rest[1].server_container_url;
      addEventListener("DOMContentLoaded", () => collect("page_view"));
    } else if (command === "event") addEventListener("DOMContentLoaded", () => collect(...rest));
  };
})();
