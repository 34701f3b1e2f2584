{{- /* Where workers go: the hosts of the enabled destinations, from the manifests' own table (files/vendors.yaml). */ -}}

{{- /* A JSON list of {host, port}, one for each host of each enabled destination. */ -}}
{{- define "gateway.vendorHosts" -}}
{{- $table := .Files.Get "files/vendors.yaml" | fromYaml -}}
{{- $found := list -}}
{{- range $name, $each := .Values.settings.destinations -}}
{{- if ne (toString (dig "enabled" true $each)) "false" -}}
{{- if $each.endpoint -}}
{{- $found = append $found $each.endpoint -}}
{{- else if hasKey $table $each.vendor -}}
{{- $row := get $table $each.vendor -}}
{{- $given := merge (dict) ($each.settings | default dict) ($row.defaults | default dict) -}}
{{- range $host := $row.hosts -}}
{{- range $hole := regexFindAll "\\{[^}]+\\}" $host -1 -}}
{{- $words := trimAll "{}" $hole | splitList "|" -}}
{{- $value := get $given (first $words) | toString | required (printf "settings.destinations.%s.settings: %s is missing" $name $hole) -}}
{{- range $at := untilStep 1 (len $words) 2 -}}{{- $value = replace (index $words $at) (index $words (add1 $at | int)) $value -}}{{- end -}}
{{- $host = replace $hole (regexReplaceAll "^[a-z]+://" $value "" | splitList "/" | first) $host -}}
{{- end -}}
{{- $found = append $found $host -}}
{{- end -}}
{{- else if and (ne $.Values.networkPolicy.fqdn "none") (not $.Values.networkPolicy.hosts) -}}
{{- fail (printf "settings.destinations.%s: %q is none of the shipped vendors; name its hosts in networkPolicy.hosts" $name $each.vendor) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with dig "endpoint" "" (.Values.settings.traces | default dict) -}}{{- $found = append $found . -}}{{- end -}}
{{- include "gateway.hostsOf" (concat $found .Values.networkPolicy.hosts) -}}
{{- end -}}

{{- /* A JSON list of {host, port} of the addresses in a list, each of which may stand without scheme and port. */ -}}
{{- define "gateway.hostsOf" -}}
{{- $list := list -}}
{{- range . | uniq | sortAlpha -}}
{{- $parts := regexReplaceAll "^[a-z]+://" (lower .) "" | splitList "/" | first | splitList ":" -}}
{{- $plain := hasPrefix "http://" (lower .) | ternary "80" "443" -}}
{{- $list = append $list (dict "host" (first $parts) "port" (len $parts | eq 1 | ternary $plain (last $parts) | int)) -}}
{{- end -}}
{{- toJson $list -}}
{{- end -}}

{{- /* Whom those who serve speak to beside vendors, as JSON: identity providers, and who is told of persons' requests. */ -}}
{{- define "gateway.besideHosts" -}}
{{- $found := list -}}
{{- range .Values.settings.oidc -}}{{- if contains "://" .jwks -}}{{- $found = append $found .jwks -}}{{- end -}}{{- end -}}
{{- with dig "webhooks" dict (.Values.settings.rights | default dict) -}}
{{- $found = concat $found (list .url .codes | compact) (.hosts | default list) -}}
{{- end -}}
{{- include "gateway.hostsOf" $found -}}
{{- end -}}

{{- /* A JSON list of the networks of your own that these may be in. */ -}}
{{- define "gateway.besideNetworks" -}}
{{- $found := dig "webhooks" "allow_networks" list (.Values.settings.rights | default dict) -}}
{{- range .Values.settings.oidc -}}{{- $found = concat $found (.allow_networks | default list) -}}{{- end -}}
{{- toJson ($found | uniq | sortAlpha) -}}
{{- end -}}

{{- /* A JSON list of the networks that destinations are allowed in beside the open internet. */ -}}
{{- define "gateway.ownNetworks" -}}
{{- $found := dig "allow_networks" list (.Values.settings.traces | default dict) -}}
{{- range .Values.settings.destinations -}}
{{- if ne (toString (dig "enabled" true .)) "false" -}}{{- $found = concat $found (.allow_networks | default list) -}}{{- end -}}
{{- end -}}
{{- toJson ($found | uniq | sortAlpha) -}}
{{- end -}}

{{- /* Rules of a NetworkPolicy for hosts and networks: it knows no names, so that hosts are their ports in the open internet. */ -}}
{{- define "gateway.openTo" -}}
{{- $ports := list -}}
{{- range .hosts }}{{ $ports = append $ports .port }}{{ end -}}
{{- if and $ports (eq .policy.fqdn "none") }}
- ports:
    {{- range $ports | uniq }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
  to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: {{- toYaml .policy.except | nindent 10 }}
    - ipBlock: {cidr: "::/0", except: ["fc00::/7", "fe80::/10", "::ffff:0:0/96"]}
{{- end }}
{{- range .networks }}
- to: [{ipBlock: {cidr: {{ . | quote }}}}]
{{- end }}
{{- end -}}

{{- /* The label of those who speak to vendors. */ -}}
{{- define "gateway.sends" -}}
{{- include "gateway.selector" . }}
app.kubernetes.io/component: {{ .Values.apart | ternary "worker" "all" }}
{{- end -}}
