{{/* What cannot work is refused before anything is made, in the words of the daemon where it would refuse it too. */}}
{{- define "ifsev.guards" -}}
{{- $v := .Values }}
{{- if eq $v.store.kind "embedded" }}
  {{- if gt (int $v.replicas) 1 }}
    {{- fail (printf "replicas is %d, but the embedded store belongs to one process: set replicas: 1, or store.kind: redis, which any number share" (int $v.replicas)) }}
  {{- end }}
  {{- if $v.autoscaling.enabled }}
    {{- fail "autoscaling.enabled needs a store that several replicas share: set store.kind: redis, or autoscaling.enabled: false" }}
  {{- end }}
{{- else }}
  {{- include "ifsev.guards.redis" . }}
  {{- include "ifsev.guards.several" . }}
{{- end }}
{{- if not $v.existingConfig.name }}
  {{- include "ifsev.guards.config" . }}
{{- else if $v.config }}
  {{- fail "config and existingConfig.name are both set: keep one, the other would not be read" }}
{{- end }}
{{- if not (regexMatch "^[a-z][-a-z0-9]*$" (include "ifsev.fullname" .)) }}
  {{- fail (printf "a Service cannot be called %s, after the release: set fullnameOverride to a name of a-z, 0-9 and -, a letter first" (include "ifsev.fullname" .)) }}
{{- end }}
{{- if and $v.rules (has "values" $v.rulesConfigMaps) }}
  {{- fail "rulesConfigMaps names values, and rules are mounted under that name: give the ConfigMap another one, or leave rules empty" }}
{{- end }}
{{- if $v.securityContext.readOnlyRootFilesystem }}
  {{- include "ifsev.guards.folders" . }}
{{- end }}
{{- include "ifsev.guards.env" . }}
{{- include "ifsev.guards.stop" . }}
{{- if and $v.ingress.enabled (not $v.ingress.hosts) }}
  {{- fail "ingress.enabled needs ingress.hosts: the names it answers to" }}
{{- end }}
{{- end }}

{{- define "ifsev.guards.redis" -}}
{{- $r := .Values.store.redis }}
{{- if not (or $r.url $r.urlSecret.name) }}
  {{- fail "store.kind redis needs its address: set store.redis.url, or store.redis.urlSecret.name for a Secret that holds it" }}
{{- end }}
{{- if and $r.url $r.urlSecret.name }}
  {{- fail "store.redis.url and store.redis.urlSecret.name are both set: keep one, the other would not be read" }}
{{- end }}
{{- if and (regexMatch "://.*:.*@" $r.url) (not (regexMatch ":[$][(][A-Za-z0-9_]+[)]@" $r.url)) }}
  {{- fail "a password must not stand in store.redis.url: write $(REDIS_PASSWORD) in its place and name its Secret in store.redis.passwordSecret, or put the whole address into one with store.redis.urlSecret" }}
{{- end }}
{{- if and (regexMatch "[?&]sentinel_password=" $r.url) (not (regexMatch "[?&]sentinel_password=[$][(][A-Za-z0-9_]+[)](&|$)" $r.url)) }}
  {{- fail "a password must not stand in store.redis.url: write $(NAME) after sentinel_password= and set NAME in env, or put the whole address into a Secret with store.redis.urlSecret" }}
{{- end }}
{{- if and (contains "$(REDIS_PASSWORD)" $r.url) (not $r.passwordSecret.name) }}
  {{- fail "store.redis.url takes $(REDIS_PASSWORD), but store.redis.passwordSecret.name does not say which Secret has it" }}
{{- end }}
{{- if and $r.passwordSecret.name (not (contains "$(REDIS_PASSWORD)" $r.url)) }}
  {{- fail "store.redis.passwordSecret is set, but store.redis.url does not use it: write it like redis://:$(REDIS_PASSWORD)@redis:6379/0" }}
{{- end }}
{{- if and $r.ca.configMap $r.ca.secret }}
  {{- fail "store.redis.ca.configMap and store.redis.ca.secret are both set: keep one" }}
{{- end }}
{{- if and $r.url (or $r.ca.configMap $r.ca.secret) (not (hasPrefix "rediss" $r.url)) }}
  {{- fail "store.redis.ca is set, but store.redis.url does not ask for TLS: begin it with rediss in the place of redis" }}
{{- end }}
{{- if and .Values.networkPolicy.enabled (not (include "ifsev.redisPorts" . | fromJsonArray)) }}
  {{- fail "networkPolicy.enabled shuts Redis off: name in networkPolicy.redisPorts the ports that store.redis.url does not, which are those of the masters behind Sentinels, and all of an address that is in a Secret or in a variable" }}
{{- end }}
{{- end }}

{{/* What Kubernetes would refuse, or a scaler would wait for in vain. */}}
{{- define "ifsev.guards.several" -}}
{{- $a := .Values.autoscaling }}
{{- if $a.enabled }}
  {{- if gt (int $a.minReplicas) (int $a.maxReplicas) }}
    {{- fail (printf "autoscaling.minReplicas is %d, autoscaling.maxReplicas %d: it cannot be more" (int $a.minReplicas) (int $a.maxReplicas)) }}
  {{- end }}
  {{- $asked := get (.Values.resources.requests | default dict) "cpu" | default (get (.Values.resources.limits | default dict) "cpu") }}
  {{- if regexMatch "^0*([.]0*)?m?$" (toString ($asked | default "")) }}
    {{- fail "autoscaling.targetCPU is a share of the CPU a pod asks for, and it asks for none: set resources.requests.cpu" }}
  {{- end }}
{{- end }}
{{- with .Values.updateStrategy.rollingUpdate }}
  {{- if and (regexMatch "^0+%?$" (toString .maxSurge)) (regexMatch "^0+%?$" (toString .maxUnavailable)) (eq $.Values.updateStrategy.type "RollingUpdate") }}
    {{- fail "updateStrategy.rollingUpdate: with maxSurge and maxUnavailable both 0 no pod could go and none could come: set maxSurge: 1" }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Kubernetes leaves a $(NAME) that nobody sets as it is. What envFrom brings is not known here. */}}
{{- define "ifsev.guards.env" -}}
{{- $set := dict }}
{{- range .Values.env }}
  {{- if eq .name "REDIS_PASSWORD" }}
    {{- fail "env sets REDIS_PASSWORD: name its Secret in store.redis.passwordSecret, or give the variable another name" }}
  {{- end }}
  {{- if hasKey $set .name }}
    {{- fail (printf "env sets %s twice: keep one" .name) }}
  {{- end }}
  {{- $_ := set $set .name true }}
{{- end }}
{{- $url := ternary .Values.store.redis.url "" (eq .Values.store.kind "redis") }}
{{- range regexFindAll "[$][(][^)]*[)]" $url -1 }}
  {{- $name := trimSuffix ")" (trimPrefix "$(" .) }}
  {{- if not (or (eq $name "REDIS_PASSWORD") (hasKey $set $name) $.Values.envFrom) }}
    {{- fail (printf "store.redis.url takes %s, but env does not set %s: add it there, with valueFrom for a Secret" . $name) }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The root of the container is only read, and what a pod writes beside its volumes is lost with it. */}}
{{- define "ifsev.guards.folders" -}}
{{- $c := .Values.config | default dict }}
{{- $folders := dict "config.archive.dir" (get ($c.archive | default dict) "dir") }}
{{- $volumes := list }}
{{- range .Values.extraVolumeMounts }}
  {{- if not .readOnly }}{{ $volumes = append $volumes .mountPath }}{{ end }}
{{- end }}
{{- if eq .Values.store.kind "embedded" }}
  {{- $volumes = append $volumes "/var/lib/ifsev" }}
  {{- if kindIs "map" $c.backup }}{{ $_ := set $folders "config.backup.dir" (get $c.backup "dir") }}{{ end }}
{{- end }}
{{- range $key, $folder := $folders }}
  {{- $kept := or (not $folder) (contains "${" (toString $folder)) }}
  {{- $whole := clean (ternary (toString $folder) (printf "/var/lib/ifsev/%s" $folder) (isAbs (toString $folder))) }}
  {{- range $volumes }}
    {{- if hasPrefix (printf "%s/" (clean .)) (printf "%s/" $whole) }}{{ $kept = true }}{{ end }}
  {{- end }}
  {{- if not $kept }}
    {{- fail (printf "%s is %s, where no volume is mounted that can be written: mount one there with extraVolumes and extraVolumeMounts%s" $key $folder (ternary ", or use config.archive.s3" "" (eq $key "config.archive.dir"))) }}
  {{- end }}
{{- end }}
{{- end }}

{{/* A pod always listens beyond loopback: its probes and its Service come from outside of it. */}}
{{- define "ifsev.guards.config" -}}
{{- range $key, $instead := dict "listen" "port" "store" "store.kind" "durability" "store.redis.durability" "rules" "rules or rulesConfigMaps" }}
  {{- if hasKey $.Values.config $key }}
    {{- fail (printf "config.%s is set by the chart: use %s" $key $instead) }}
  {{- end }}
{{- end }}
{{- $auth := .Values.config.auth }}
{{- $tokens := list }}
{{- if kindIs "map" $auth }}{{ $tokens = $auth.tokens }}{{ end }}
{{- if not (or $tokens (eq (toString $auth) "none")) }}
  {{- fail (printf "anybody who reaches 0.0.0.0:%d could declare and close incidents: add auth.tokens to config, with the tokens in a Secret that secrets names, or say auth: none there if that is meant" (int .Values.port)) }}
{{- end }}
{{- end }}

{{- define "ifsev.guards.stop" -}}
{{- $needs := add (int .Values.preStopSeconds) 16 }}
{{- if lt (int .Values.terminationGracePeriodSeconds) (int $needs) }}
  {{- fail (printf "terminationGracePeriodSeconds is %d, but a stop takes up to %d s: preStopSeconds, and 15 s for what is in hand" (int .Values.terminationGracePeriodSeconds) $needs) }}
{{- end }}
{{- end }}
