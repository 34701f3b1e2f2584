{{- /* The Deployment of one role. Called with (dict "top" $ "role" "all"|"collector"|"worker"). */ -}}

{{- define "gateway.deployment" -}}
{{- $top := .top -}}
{{- $own := index $top.Values .role -}}
{{- $name := printf "%s-%s" (include "gateway.name" $top) .role -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  namespace: {{ $top.Release.Namespace | quote }}
  labels: {{- include "gateway.labels" $top | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
spec:
  {{- if eq .role "all" }}
  replicas: 1
  # One gateway a directory: the new one starts when the old one has let go.
  strategy: {type: Recreate}
  {{- else }}
  {{- if eq $own.autoscaling.kind "none" }}
  replicas: {{ $own.replicas }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  {{- end }}
  revisionHistoryLimit: 3
  selector:
    matchLabels: {{- include "gateway.selector" $top | nindent 6 }}
      app.kubernetes.io/component: {{ .role }}
  template:
    metadata:
      labels: {{- include "gateway.labels" $top | nindent 8 }}
        app.kubernetes.io/component: {{ .role }}
        gateway/serves: "yes"
        {{- with $top.Values.pod.labels }}{{ toYaml . | nindent 8 }}{{ end }}
      annotations:
        checksum/config: {{ include "gateway.checksum" $top }}
        {{- with $top.Values.pod.annotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      serviceAccountName: {{ include "gateway.name" $top }}
      {{- include "gateway.pod.guarded" $top | nindent 6 }}
      terminationGracePeriodSeconds: {{ $top.Values.pod.terminationGracePeriod }}
      {{- include "gateway.pod.placed" $top | nindent 6 }}
      {{- if ne .role "all" }}
      topologySpreadConstraints:
        {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - topologyKey: {{ . }}
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          matchLabelKeys: [pod-template-hash]
          labelSelector:
            matchLabels: {{- include "gateway.selector" $top | nindent 14 }}
              app.kubernetes.io/component: {{ $.role }}
        {{- end }}
      {{- end }}
      containers:
        - name: gateway
          {{- include "gateway.container.image" $top | nindent 10 }}
          args: [serve, --config, /etc/gateway/gateway.yaml, --role, {{ .role }}]
          {{- with $top.Values.pod.env }}
          env: {{- toYaml . | nindent 12 }}
          {{- end }}
          ports:
            {{- if ne .role "worker" }}
            - {name: public, containerPort: 8080, protocol: TCP}
            {{- end }}
            - {name: admin, containerPort: 9090, protocol: TCP}
          startupProbe:
            httpGet: {path: /livez, port: admin}
            periodSeconds: 1
            failureThreshold: 60
          readinessProbe:
            httpGet: {path: /readyz, port: admin}
            periodSeconds: 2
            timeoutSeconds: 3
            failureThreshold: 2
          livenessProbe:
            httpGet: {path: /livez, port: admin}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          lifecycle:
            preStop:
              sleep: {seconds: {{ $top.Values.pod.preStop }}}
          {{- include "gateway.container.guarded" $top | nindent 10 }}
          resources: {{- toYaml $own.resources | nindent 12 }}
          volumeMounts: {{- include "gateway.mounts" . | nindent 12 }}
      volumes: {{- include "gateway.volumes" (merge (dict "config" (include "gateway.name" $top)) .) | nindent 8 }}
{{- end -}}
