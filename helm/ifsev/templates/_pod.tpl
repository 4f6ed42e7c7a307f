{{/* The address of Redis, with the authority where one is named. */}}
{{- define "ifsev.redisURL" -}}
{{ .url }}
{{- if or .ca.configMap .ca.secret }}{{ contains "?" .url | ternary "&" "?" }}ca=/etc/ifsev/ca/ca.crt{{ end }}
{{- end }}

{{/* The environment. listen, store, durability and rules stand here and not in ifsev.yaml: the daemon takes a change of them over
     with a restart only, and a change of the pod's template is one. $(NAME) in the address takes only what stands before it:
     the password and env, and what envFrom brings. */}}
{{- define "ifsev.env" -}}
- name: IFSEV_LISTEN
  value: {{ printf "0.0.0.0:%d" (int .Values.port) | quote }}
{{- $rules := list }}
{{- if .Values.rules }}{{ $rules = append $rules "/etc/ifsev/rules/values" }}{{ end }}
{{- range .Values.rulesConfigMaps }}{{ $rules = append $rules (printf "/etc/ifsev/rules/%s" .) }}{{ end }}
{{- with $rules }}
- name: IFSEV_RULES
  value: {{ join "," . | quote }}
{{- end }}
{{- $redis := eq .Values.store.kind "redis" }}
{{- with .Values.store.redis.passwordSecret }}
{{- if and $redis .name }}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef: {{ dict "name" .name "key" .key | toJson }}
{{- end }}
{{- end }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- if not $redis }}
- name: IFSEV_STORE
  value: file:/var/lib/ifsev
{{- else }}
{{- with .Values.store.redis }}
- name: IFSEV_STORE
  {{- if .urlSecret.name }}
  valueFrom:
    secretKeyRef: {{ dict "name" .urlSecret.name "key" .urlSecret.key | toJson }}
  {{- else }}
  value: {{ include "ifsev.redisURL" . | quote }}
  {{- end }}
{{- with .durability }}
- name: IFSEV_DURABILITY
  value: {{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "ifsev.mounts" -}}
- {name: config, mountPath: /etc/ifsev/config, readOnly: true}
{{- if .Values.rules }}
- {name: rules, mountPath: /etc/ifsev/rules/values, readOnly: true}
{{- end }}
{{- range $i, $name := .Values.rulesConfigMaps }}
- {name: rules-{{ $i }}, mountPath: {{ printf "/etc/ifsev/rules/%s" $name | quote }}, readOnly: true}
{{- end }}
{{- range $i, $name := .Values.secrets }}
- {name: secret-{{ $i }}, mountPath: {{ printf "/run/secrets/%s" $name | quote }}, readOnly: true}
{{- end }}
{{- if eq .Values.store.kind "embedded" }}
- {name: data, mountPath: /var/lib/ifsev}
{{- else if or .Values.store.redis.ca.configMap .Values.store.redis.ca.secret }}
- {name: ca, mountPath: /etc/ifsev/ca, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ifsev.volumes" -}}
- name: config
  configMap:
    name: {{ include "ifsev.configName" . }}
    items: [{key: {{ include "ifsev.configKey" . | quote }}, path: ifsev.yaml}]
{{- if .Values.rules }}
- name: rules
  configMap: {name: {{ include "ifsev.fullname" . }}-rules}
{{- end }}
{{- range $i, $name := .Values.rulesConfigMaps }}
- name: rules-{{ $i }}
  configMap: {name: {{ $name | quote }}}
{{- end }}
{{- range $i, $name := .Values.secrets }}
- name: secret-{{ $i }}
  secret: {secretName: {{ $name | quote }}, defaultMode: 0440}
{{- end }}
{{- if eq .Values.store.kind "embedded" }}
{{- with .Values.store.embedded.existingClaim }}
- name: data
  persistentVolumeClaim: {claimName: {{ . | quote }}}
{{- end }}
{{- else }}
{{- with .Values.store.redis.ca }}
{{- if .secret }}
- name: ca
  secret: {secretName: {{ .secret | quote }}, defaultMode: 0440, items: [{key: {{ .key | quote }}, path: ca.crt}]}
{{- else if .configMap }}
- name: ca
  configMap: {name: {{ .configMap | quote }}, items: [{key: {{ .key | quote }}, path: ca.crt}]}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ifsev.container" -}}
name: ifsev
image: {{ include "ifsev.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - serve
  - --config=/etc/ifsev/config/ifsev.yaml
  - --log={{ .Values.log.format }}
  {{- if .Values.log.verbose }}
  - --verbose
  {{- end }}
env:
  {{- include "ifsev.env" . | nindent 2 }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - {name: http, containerPort: {{ .Values.port }}, protocol: TCP}
startupProbe:
  httpGet: {path: /healthz, port: http}
  {{- toYaml .Values.probes.startup | nindent 2 }}
livenessProbe:
  httpGet: {path: /healthz, port: http}
  {{- toYaml .Values.probes.liveness | nindent 2 }}
readinessProbe:
  httpGet: {path: /readyz, port: http}
  {{- toYaml .Values.probes.readiness | nindent 2 }}
{{- if and (gt (int .Values.preStopSeconds) 0) (semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version) }}
lifecycle:
  preStop:
    sleep: {seconds: {{ .Values.preStopSeconds }}}
{{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  {{- include "ifsev.mounts" . | nindent 2 }}
{{- end }}

{{/* The template of the pods, for StatefulSet and Deployment alike. */}}
{{- define "ifsev.pod" -}}
metadata:
  labels:
    {{- include "ifsev.selector" . | nindent 4 }}
    {{- with .Values.commonLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: ifsev
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "ifsev.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  containers:
    - {{- include "ifsev.container" . | nindent 6 }}
  volumes:
    {{- include "ifsev.volumes" . | nindent 4 }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if and (eq .Values.store.kind "redis") .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range .Values.topologySpreadConstraints }}
    {{- $selector := dict "labelSelector" (dict "matchLabels" (include "ifsev.selector" $ | fromYaml)) }}
    - {{- merge (deepCopy .) $selector | toYaml | nindent 6 }}
    {{- end }}
  {{- end }}
{{- end }}
