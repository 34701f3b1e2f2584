{{- /* Names, labels and images. */ -}}

{{- /* A StatefulSet's name may have 52 characters, for a label of its pods is made of it: what is added here has seven at most there. */ -}}
{{- define "gateway.name" -}}
{{- default (contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name)) .Values.fullnameOverride | trunc 45 | trimAll "-" -}}
{{- end -}}

{{- define "gateway.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "gateway.labels" -}}
{{ include "gateway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* The public listener is served by the collectors, or by the one pod. */ -}}
{{- define "gateway.public" -}}
{{ .Values.apart | ternary "collector" "all" }}
{{- end -}}

{{- define "gateway.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end -}}
{{- end -}}

{{- /* The Secrets, empty where there is none. */ -}}

{{- define "gateway.secrets.keys" -}}
{{ .Values.secrets.keys | default (printf "%s-keys" (include "gateway.name" .)) }}
{{- end -}}

{{- define "gateway.secrets.store" -}}
{{- if .Values.valkey.enabled -}}
{{ .Values.valkey.existingSecret | default (printf "%s-valkey" (include "gateway.name" .)) }}
{{- else -}}
{{ .Values.secrets.store | default (.Values.secrets.external.store | empty | ternary "" (printf "%s-store" (include "gateway.name" .))) }}
{{- end -}}
{{- end -}}

{{- define "gateway.secrets.vendors" -}}
{{ .Values.secrets.vendors | default (.Values.secrets.external.vendors | empty | ternary "" (printf "%s-vendors" (include "gateway.name" .))) }}
{{- end -}}

{{- define "gateway.hosts" -}}
{{- $hosts := list -}}
{{- range .Values.settings.sites -}}{{- $hosts = concat $hosts . -}}{{- end -}}
{{- toYaml ($hosts | uniq | sortAlpha) -}}
{{- end -}}
