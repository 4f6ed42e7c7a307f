{{- define "ifsev.name" -}}
{{- regexReplaceAll "-+$" (default .Chart.Name .Values.nameOverride | trunc 63) "" }}
{{- end }}

{{- define "ifsev.fullname" -}}
{{- $name := include "ifsev.name" . }}
{{- $full := printf "%s-%s" .Release.Name $name }}
{{- if .Values.fullnameOverride }}
{{- $full = .Values.fullnameOverride }}
{{- else if contains $name .Release.Name }}
{{- $full = .Release.Name }}
{{- end }}
{{- regexReplaceAll "-+$" (trunc 52 $full) "" }}
{{- end }}

{{- define "ifsev.selector" -}}
app.kubernetes.io/name: {{ include "ifsev.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ifsev.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "ifsev.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ifsev.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "ifsev.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "ifsev.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "ifsev.configName" -}}
{{- .Values.existingConfig.name | default (printf "%s-config" (include "ifsev.fullname" .)) }}
{{- end }}

{{- define "ifsev.configKey" -}}
{{- if .Values.existingConfig.name }}{{ .Values.existingConfig.key }}{{ else }}ifsev.yaml{{ end }}
{{- end }}

{{/* several is "yes" where more than one pod may run. */}}
{{- define "ifsev.several" -}}
{{- if or (gt (int .Values.replicas) 1) .Values.autoscaling.enabled }}yes{{ end }}
{{- end }}

{{/* The ports of Redis, as a list in JSON: those store.redis.url names, and networkPolicy.redisPorts. It is empty where more
     must be known than is said: an address in a Secret or in a variable names no port here, one of Sentinels not those of
     the masters. A guard refuses that. */}}
{{- define "ifsev.redisPorts" -}}
{{- $url := .Values.store.redis.url }}
{{- $told := or .Values.networkPolicy.redisPorts (and $url (not (contains "+sentinel:" $url))) }}
{{- $ports := list }}
{{- if $url }}
{{- range regexReplaceAll "[/?].*$" (regexReplaceAll "^(.*@|[^:]*://)" $url "") "" | splitList "," }}
  {{- if regexMatch ":[0-9]+$" . }}
    {{- $ports = regexFind "[0-9]+$" . | int | append $ports }}
  {{- else if not (contains "$(" .) }}
    {{- $ports = append $ports 6379 }}
  {{- else if not $.Values.networkPolicy.redisPorts }}
    {{- $told = false }}
  {{- end }}
{{- end }}
{{- end }}
{{- range .Values.networkPolicy.redisPorts }}{{ $ports = append $ports (int .) }}{{ end }}
{{- ternary ($ports | uniq) list (not (not $told)) | toJson }}
{{- end }}
