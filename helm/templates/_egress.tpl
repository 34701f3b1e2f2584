{{- /* Where workers go: the hosts of the enabled destinations, from the manifests' own table (files/vendors.yaml). */ -}}

{{- /* A JSON list of {host, port}, one for each host of each enabled destination. */ -}}
{{- define "gateway.vendorHosts" -}}
{{- $table := .Files.Get "files/vendors.yaml" | fromYaml -}}
{{- $found := list -}}
{{- range $name, $each := .Values.settings.destinations -}}
{{- if ne (toString (dig "enabled" true $each)) "false" -}}
{{- if $each.endpoint -}}
{{- $found = append $found ($each.endpoint | regexFind "//[^/]+" | trimPrefix "//") -}}
{{- else if hasKey $table $each.vendor -}}
{{- $row := get $table $each.vendor -}}
{{- $given := merge (dict) ($each.settings | default dict) ($row.defaults | default dict) -}}
{{- range $host := $row.hosts -}}
{{- range $hole := regexFindAll "\\{[a-z0-9_]+\\}" $host -1 -}}
{{- $value := get $given (trimAll "{}" $hole) | toString | required (printf "settings.destinations.%s.settings: %s is missing" $name $hole) -}}
{{- $host = replace $hole (regexReplaceAll "^[a-z]+://" $value "" | splitList "/" | first) $host -}}
{{- end -}}
{{- $found = append $found $host -}}
{{- end -}}
{{- else if and (ne $.Values.networkPolicy.fqdn "none") (not $.Values.networkPolicy.hosts) -}}
{{- fail (printf "settings.destinations.%s: %q is none of the shipped vendors; name its hosts in networkPolicy.hosts" $name $each.vendor) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $list := list -}}
{{- range concat $found .Values.networkPolicy.hosts | uniq | sortAlpha -}}
{{- $parts := splitList ":" (lower .) -}}
{{- $list = append $list (dict "host" (first $parts) "port" (len $parts | eq 1 | ternary "443" (last $parts) | int)) -}}
{{- end -}}
{{- toJson $list -}}
{{- end -}}

{{- /* A JSON list of the networks that destinations are allowed in beside the open internet. */ -}}
{{- define "gateway.ownNetworks" -}}
{{- $found := list -}}
{{- range .Values.settings.destinations -}}
{{- if ne (toString (dig "enabled" true .)) "false" -}}{{- $found = concat $found (.allow_networks | default list) -}}{{- end -}}
{{- end -}}
{{- toJson ($found | uniq | sortAlpha) -}}
{{- end -}}

{{- /* The label of those who speak to vendors. */ -}}
{{- define "gateway.sends" -}}
{{- include "gateway.selector" . }}
app.kubernetes.io/component: {{ .Values.apart | ternary "worker" "all" }}
{{- end -}}
