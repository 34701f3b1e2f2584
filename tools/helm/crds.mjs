// Hold resources that Kubernetes itself does not know against the schemas of their makers.
//
//   node crds.mjs NODE_MODULES < resources.json      a JSON array in, one line a finding out

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const PACKAGES = {
  "cilium.io": "cilium",
  "external-secrets.io": "external-secrets",
  "gateway.networking.k8s.io": "gateway-api",
  "keda.sh": "keda",
  "monitoring.coreos.com": "prometheus-operator",
};
// The package has the first version of that name only; what the chart uses of it is the same in both.
const VERSIONS = { "external-secrets.io/v1": "v1beta1" };

const modules = resolve(process.argv[2]);

// These schemas take a field that they do not know. What their checks never read is such a field.
function watched(value, path, unread) {
  if (typeof value !== "object" || value === null) return value;
  const inner = Array.isArray(value) ? [] : {};
  for (const [key, each] of Object.entries(value)) {
    unread.add(`${path}/${key}`);
    inner[key] = watched(each, `${path}/${key}`, unread);
  }
  return new Proxy(inner, {
    get(target, key) {
      unread.delete(`${path}/${String(key)}`);
      return target[key];
    },
  });
}

for (const resource of JSON.parse(readFileSync(0, "utf8"))) {
  const [group, version] = resource.apiVersion.split("/");
  const shown = VERSIONS[resource.apiVersion] ?? version;
  const path = `${modules}/@kubernetes-models/${PACKAGES[group]}/${group}/${shown}/${resource.kind}.js`;
  try {
    const loaded = await import(path);
    const Model = loaded[resource.kind] ?? loaded.default?.[resource.kind];
    const unread = new Set();
    const model = new Model({ ...resource, apiVersion: `${group}/${shown}` });
    model.spec = watched(resource.spec, "/spec", unread);
    model.validate();
    for (const field of unread) console.log(`${resource.kind} ${resource.metadata.name}: ${field} is no field`);
  } catch (error) {
    console.log(`${resource.kind} ${resource.metadata.name}: ${error.message}`);
  }
}
