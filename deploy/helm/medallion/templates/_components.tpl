{{/*
The components that are on, as YAML: name, key (in the values), fullname, and what each needs. All that is rendered for a
component is rendered from this list, so that one can be forgotten nowhere.
  registry, database, pipelines: needs it; ops: serves /livez, /readyz and /metrics; scales: by lag, as this layer of flows.json;
  ends: when all that was there is processed
*/}}
{{- define "medallion.components" -}}
{{- $all := list
  (dict "key" "migrate" "name" "migrate" "registry" true "database" true "pipelines" true "ops" false)
  (dict "key" "bronzeIngest" "name" "bronze-ingest" "registry" true "database" false "pipelines" true "ops" true "scales" "bronze")
  (dict "key" "silverEnrich" "name" "silver-enrich" "registry" true "database" false "pipelines" true "ops" true "scales" "silver")
  (dict "key" "goldAggregate" "name" "gold-aggregate" "registry" true "database" true "pipelines" true "ops" true "scales" "gold")
  (dict "key" "generator" "name" "generator" "registry" false "database" false "pipelines" false "ops" true)
  (dict "key" "dashboard" "name" "dashboard" "registry" true "database" true "pipelines" false "ops" true)
-}}
{{- $on := list -}}
{{- range $all -}}
{{- $values := get $.Values .key -}}
{{- if $values.enabled -}}
{{- $_ := set . "fullname" (printf "%s-%s" (include "medallion.fullname" $) .name) -}}
{{- $_ := set . "ends" (and (hasKey . "scales") $.Values.triggered.enabled) -}}
{{- $on = append $on . -}}
{{- end -}}
{{- end -}}
{{- toYaml (dict "list" $on) -}}
{{- end -}}

{{/* What cannot be right is refused here, before anything reaches the cluster; the schema has refused the rest. */}}
{{- define "medallion.check" -}}
{{- $v := .root.Values -}}{{- $own := get $v .c.key -}}{{- $at := .c.key -}}
{{- $user := dig "kafka" "username" "" $own -}}
{{- if ne $v.kafka.saslMechanism "none" -}}
{{- if not $user -}}{{- fail (printf "%s.kafka.username: needed, as kafka.saslMechanism is %s" $at $v.kafka.saslMechanism) -}}{{- end -}}
{{- if not (hasKey $own.secrets "KAFKA_SASL_PASSWORD") -}}
{{- fail (printf "%s.secrets.KAFKA_SASL_PASSWORD: needed, as kafka.saslMechanism is %s" $at $v.kafka.saslMechanism) -}}
{{- end -}}
{{- else if $user -}}
{{- fail (printf "%s.kafka.username: nobody is asked for it, as kafka.saslMechanism is none" $at) -}}
{{- end -}}
{{- if and (eq $v.kafka.saslMechanism "plain") (not $v.kafka.ssl) -}}
{{- fail "kafka.saslMechanism: plain sends passwords as they are: set kafka.ssl, or use scram-sha-512" -}}
{{- end -}}
{{- if and (not $v.kafka.ssl) (or $v.kafka.ca (dig "kafka" "clientCertificate" "" $own)) -}}
{{- fail (printf "kafka.ssl: false, and kafka.ca or %s.kafka.clientCertificate would not be used" $at) -}}
{{- end -}}
{{- if and (hasPrefix "http:" $v.schemaRegistry.url) (or $v.schemaRegistry.ca (dig "schemaRegistry" "username" "" $own)) -}}
{{- fail (printf "schemaRegistry.url: http, and schemaRegistry.ca or %s.schemaRegistry.username needs https" $at) -}}
{{- end -}}
{{- if and .c.database (not (hasKey $own.secrets "DATABASE_PASSWORD")) (not (hasKey $own.secrets "DATABASE_URL")) -}}
{{- fail (printf "%s.secrets: DATABASE_PASSWORD or DATABASE_URL is needed" $at) -}}
{{- end -}}
{{- if and .c.registry (dig "schemaRegistry" "username" "" $own) (not (hasKey $own.secrets "SCHEMA_REGISTRY_PASSWORD")) -}}
{{- fail (printf "%s.secrets.SCHEMA_REGISTRY_PASSWORD: needed beside schemaRegistry.username" $at) -}}
{{- end -}}
{{- range $name, $source := $own.secrets -}}
{{- if and (hasKey $source "remote") (not $v.secretStore.name) -}}
{{- fail (printf "secretStore.name: needed, as %s.secrets.%s is remote" $at $name) -}}
{{- end -}}
{{- end -}}
{{- if and .c.ends (dig "scaling" "enabled" false $own) -}}
{{- fail (printf "%s.scaling: triggered pipelines end by themselves, so nothing scales them; replicas says how many run at once" $at) -}}
{{- end -}}
{{- with $own.scaling -}}
{{- if .enabled -}}
{{- if gt (int .maxReplicas) (int .partitions) -}}
{{- fail (printf "%s.scaling.maxReplicas: %d is more than the %d partitions; the rest would have nothing to do" $at (int .maxReplicas) (int .partitions)) -}}
{{- end -}}
{{- if lt (int .maxReplicas) (int .minReplicas) -}}{{- fail (printf "%s.scaling.maxReplicas: less than minReplicas" $at) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if eq .c.name "dashboard" -}}
{{- $auth := toString (get $own.settings "AUTH" | default "none") -}}
{{- if and (eq $auth "none") (ne (toString (get $own.settings "DASHBOARD_INSECURE")) "true") -}}
{{- fail "dashboard.settings.AUTH: token or oidc; without a login whoever reaches the port is an operator" -}}
{{- end -}}
{{- if and (eq $auth "token") (not (hasKey $own.secrets "VIEWER_TOKEN")) (not (hasKey $own.secrets "OPERATOR_TOKEN")) -}}
{{- fail "dashboard.secrets: VIEWER_TOKEN or OPERATOR_TOKEN is needed with AUTH=token" -}}
{{- end -}}
{{- if and (gt (int $own.replicas) 1) (not (hasKey $own.secrets "SESSION_SECRET")) -}}
{{- fail "dashboard.secrets.SESSION_SECRET: needed with more than one replica, which share sessions by it" -}}
{{- end -}}
{{- if and $own.ingress.enabled (not $own.ingress.host) -}}{{- fail "dashboard.ingress.host: needed" -}}{{- end -}}
{{- end -}}
{{- end -}}
