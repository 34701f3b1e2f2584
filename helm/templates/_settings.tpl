{{- /* gateway.yaml: what the operator says, and over it what the chart fixes. */ -}}

{{- define "gateway.settings" -}}
{{- $own := dict
  "listeners" (dict "public" (printf "%s:8080" .Values.listenHost) "admin" (printf "%s:9090" .Values.listenHost))
  "data_dir" "/var/lib/gateway"
  "policy" "policy.yaml"
  "keys" (dict "root" (dict "file" "/run/gateway/keys/root.key"))
  "rights" (dict "journal" "/var/lib/gateway-journal/erasures.jsonl") -}}
{{- /* A worker has no root key, and opens what waits with what was made of it. */ -}}
{{- if .Values.apart -}}{{- $own = set $own "keys" (dict "root" (dict "file" "/run/gateway/keys/root.key") "vendors" (dict "file" "/run/gateway/keys/vendors.key")) -}}{{- end -}}
{{- $store := dict -}}
{{- if .Values.valkey.enabled -}}
{{- $url := dict "file" "/run/gateway/store/url" -}}
{{- $store = dict "url" $url -}}
{{- $own = set $own "salt" (dict "share" $url) -}}
{{- end -}}
{{- /* A collector's disk goes with its pod: what it kept aside there would be lost although it was acknowledged. */ -}}
{{- if .Values.apart -}}{{- $store = set $store "spool" false -}}{{- end -}}
{{- if $store -}}{{- $own = set $own "store" $store -}}{{- end -}}
{{- toYaml (mustMergeOverwrite (deepCopy .Values.settings) $own) -}}
{{- end -}}

{{- define "gateway.files" -}}
{{- toYaml (merge (dict "gateway.yaml" (include "gateway.settings" .) "policy.yaml" .Values.policy.text) .Values.files) -}}
{{- end -}}

{{- /* The parts that a restart is due for: with `policy.restart: false` a policy is taken up while the pod runs. */ -}}
{{- define "gateway.checksum" -}}
{{- $parts := list (include "gateway.settings" .) -}}
{{- if .Values.policy.restart -}}{{- $parts = append $parts (include "gateway.files" .) -}}{{- end -}}
{{- join "\n" $parts | sha256sum -}}
{{- end -}}

{{- /* What cannot be right is told before anything changes. */ -}}
{{- define "gateway.refusals" -}}
{{- $external := .Values.settings.store | default dict -}}
{{- if and .Values.apart (not .Values.valkey.enabled) (not $external.url) -}}
{{- fail "apart: collectors and workers share a server; set settings.store.url, or valkey.enabled" -}}
{{- end -}}
{{- if and .Values.valkey.enabled $external.url -}}
{{- fail "valkey.enabled: there is a settings.store.url already" -}}
{{- end -}}
{{- if and $external.url .Values.networkPolicy.enabled (not .Values.networkPolicy.store.to) -}}
{{- fail "networkPolicy.store.to: say where the server of settings.store.url is" -}}
{{- end -}}
{{- if not (or .Values.secrets.keys .Values.secrets.create .Values.secrets.external.enabled) -}}
{{- fail "secrets.keys: name a Secret with root.key (`gateway keys new root.key`), or set secrets.create for a trial" -}}
{{- end -}}
{{- if and .Values.secrets.create (or .Values.secrets.keys .Values.secrets.external.enabled) -}}
{{- fail "secrets.create: the keys come from secrets.keys or secrets.external already" -}}
{{- end -}}
{{- if and .Values.secrets.create .Values.apart -}}
{{- fail "secrets.create: workers need vendors.key beside root.key, which only `gateway keys vendors` makes; name both in secrets.keys" -}}
{{- end -}}
{{- if and .Values.apart .Values.journal.enabled (not .Values.journal.existingClaim) (ne .Values.journal.accessMode "ReadWriteMany") -}}
{{- fail "journal: several pods write to it: accessMode ReadWriteMany and a class that can do that, a claim of yours, or enabled: false (then a restored backup may bring back who was erased)" -}}
{{- end -}}
{{- range $role := list "collector" "worker" -}}
{{- $scaling := (index $.Values $role).autoscaling -}}
{{- if and (ne $scaling.kind "none") (not $.Values.apart) -}}
{{- fail (printf "%s.autoscaling: there are no %ss without apart" $role $role) -}}
{{- end -}}
{{- if gt (int $scaling.min) (int $scaling.max) -}}
{{- fail (printf "%s.autoscaling: min (%v) is more than max (%v)" $role $scaling.min $scaling.max) -}}
{{- end -}}
{{- end -}}
{{- if le (int .Values.pod.terminationGracePeriod) (int .Values.pod.preStop) -}}
{{- fail "pod.terminationGracePeriod: it ends before pod.preStop does, and nothing would be drained" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute.parentRefs: name the Gateway that takes the hosts; without one the route leads nobody here" -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]" (include "gateway.name" .)) -}}
{{- fail (printf "fullnameOverride: the name of a Service begins with a letter, and %q does not; name another" (include "gateway.name" .)) -}}
{{- end -}}
{{- if and (or .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled) (not .Values.metrics.key.secret) -}}
{{- fail "metrics.key.secret: Prometheus has to show an API key with the scope metrics (`gateway api-keys create`)" -}}
{{- end -}}
{{- if and .Values.geo.enabled (not (and .Values.geo.claim .Values.geo.fetch.image)) -}}
{{- fail "geo: name a claim, and the container that fetches source.csv" -}}
{{- end -}}
{{- end -}}
