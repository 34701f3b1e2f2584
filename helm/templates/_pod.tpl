{{- /* What every pod of ours has, and what those that serve have beside. Called with (dict "top" $ "role" …). */ -}}

{{- define "gateway.pod.guarded" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "gateway.pod.placed" -}}
{{- with .Values.pod.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "gateway.container.guarded" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{- define "gateway.container.image" -}}
image: {{ include "gateway.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end -}}

{{- /* The Secrets a role has need of, by the folder they stand in: a collector gets no vendor's token. */ -}}
{{- define "gateway.secrets.of" -}}
{{- $of := dict "keys" (include "gateway.secrets.keys" .top) "store" (include "gateway.secrets.store" .top) "vendors" (include "gateway.secrets.vendors" .top) "rights" .top.Values.secrets.rights -}}
{{- $given := dict -}}
{{- range $folder, $secret := $of -}}
{{- $others := dict "vendors" "collector" -}}
{{- if and $secret (ne (dig $folder "" $others) $.role) -}}{{- $given = set $given $folder $secret -}}{{- end -}}
{{- end -}}
{{- toJson $given -}}
{{- end -}}

{{- define "gateway.mounts" -}}
- {name: config, mountPath: /etc/gateway, readOnly: true}
{{- range $folder, $secret := include "gateway.secrets.of" . | fromJson }}
- {name: {{ $folder }}, mountPath: /run/gateway/{{ $folder }}, readOnly: true}
{{- end }}
- {name: data, mountPath: /var/lib/gateway}
- {name: journal, mountPath: /var/lib/gateway-journal}
- {name: tmp, mountPath: /tmp}
{{- if .top.Values.geo.enabled }}
- {name: geo, mountPath: /var/lib/gateway-geo, readOnly: true}
{{- end }}
{{- with .top.Values.pod.volumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* `config` names the ConfigMap; only the one pod has a disk that stays. */ -}}
{{- define "gateway.volumes" -}}
- name: config
  configMap: {name: {{ .config }}}
{{- range $folder, $secret := include "gateway.secrets.of" . | fromJson }}
- name: {{ $folder }}
  # Not for everybody: the gateway refuses a secret that is.
  secret:
    secretName: {{ $secret | quote }}
    defaultMode: 0440
    {{- if and (eq $folder "keys") (has $.role (list "collector" "worker")) }}
    {{- $key := eq $.role "worker" | ternary "vendors.key" "root.key" }}
    # No more of it than the role may have: a worker gets no root key.
    items: [{key: {{ $key }}, path: {{ $key }}}]
    {{- end }}
{{- end }}
- name: data
  {{- if and (eq .role "all") .top.Values.persistence.enabled }}
  persistentVolumeClaim: {claimName: {{ .top.Values.persistence.existingClaim | default (printf "%s-data" (include "gateway.name" .top)) | quote }}}
  {{- else }}
  emptyDir: {sizeLimit: 256Mi}
  {{- end }}
- name: journal
  # Apart from the data, and from its backups. What runs before an installation cannot wait for a claim that comes with it.
  {{- if and .top.Values.journal.enabled (ne .role "check") }}
  persistentVolumeClaim: {claimName: {{ .top.Values.journal.existingClaim | default (printf "%s-journal" (include "gateway.name" .top)) | quote }}}
  {{- else }}
  emptyDir: {sizeLimit: 64Mi}
  {{- end }}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- if .top.Values.geo.enabled }}
- name: geo
  persistentVolumeClaim: {claimName: {{ .top.Values.geo.claim | quote }}, readOnly: true}
{{- end }}
{{- with .top.Values.pod.volumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
