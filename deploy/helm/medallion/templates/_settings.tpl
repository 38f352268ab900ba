{{/* A value as an environment variable has it. Numbers of YAML are floats: 86400000 must not become 8.64e+07. */}}
{{- define "medallion.text" -}}
{{- if kindIs "float64" . -}}{{- int64 . -}}
{{- else if kindIs "slice" . -}}{{- join "," . -}}
{{- else -}}{{- toString . -}}{{- end -}}
{{- end -}}

{{/* All environment variables of a component that are no secrets, as a map; a component's own settings win. */}}
{{- define "medallion.environment" -}}
{{- $v := .root.Values -}}{{- $own := get $v .c.key -}}
{{- $env := dict "HOST" "0.0.0.0" "PORT" "9100" "KAFKA_BROKERS" (join "," $v.kafka.brokers) -}}
{{- if not .c.ops -}}{{- $env = omit $env "HOST" "PORT" -}}{{- end -}}
{{- range $name, $value := $v.nodeEnvironment -}}{{- $_ := set $env $name $value -}}{{- end -}}
{{- if .c.pipelines -}}{{- $_ := set $env "PIPELINES" (join "," $v.pipelines) -}}{{- end -}}
{{- if hasKey .c "scales" -}}{{- $_ := set $env "MIGRATE" (ternary "verify" "auto" $v.migrate.enabled) -}}{{- end -}}
{{- if $v.kafka.ssl -}}
{{- $_ := set $env "KAFKA_SSL" "true" -}}
{{- if $v.kafka.ca -}}{{- $_ := set $env "KAFKA_SSL_CA_FILE" "/etc/medallion/files/kafka-ca.crt" -}}{{- end -}}
{{- if dig "kafka" "clientCertificate" "" $own -}}
{{- $_ := set $env "KAFKA_SSL_CERT_FILE" "/etc/medallion/files/kafka.crt" -}}
{{- $_ := set $env "KAFKA_SSL_KEY_FILE" "/etc/medallion/files/kafka.key" -}}
{{- end -}}
{{- end -}}
{{- if ne $v.kafka.saslMechanism "none" -}}
{{- $_ := set $env "KAFKA_SASL_MECHANISM" $v.kafka.saslMechanism -}}
{{- $_ := set $env "KAFKA_SASL_USERNAME" $own.kafka.username -}}
{{- end -}}
{{- if .c.registry -}}
{{- $_ := set $env "SCHEMA_REGISTRY_URL" $v.schemaRegistry.url -}}
{{- if $v.schemaRegistry.ca -}}{{- $_ := set $env "SCHEMA_REGISTRY_CA_FILE" "/etc/medallion/files/registry-ca.crt" -}}{{- end -}}
{{- with dig "schemaRegistry" "username" "" $own -}}{{- $_ := set $env "SCHEMA_REGISTRY_USERNAME" . -}}{{- end -}}
{{- end -}}
{{- if and .c.database (not (hasKey $own.secrets "DATABASE_URL")) -}}
{{- $_ := set $env "DATABASE_URL" (include "medallion.databaseUrl" (dict "root" .root "user" $own.database.username)) -}}
{{- end -}}
{{- if dig "landing" "existingClaim" "" $own -}}{{- $_ := set $env "LANDING_URL" "/landing" -}}{{- end -}}
{{- if and (hasKey $own.secrets "OPERATOR_DATABASE_PASSWORD") (not (hasKey $own.secrets "OPERATOR_DATABASE_URL")) -}}
{{- $_ := set $env "OPERATOR_DATABASE_URL" (include "medallion.databaseUrl" (dict "root" .root "user" $own.operatorUsername)) -}}
{{- end -}}
{{- if eq .c.name "dashboard" -}}
{{- $_ := set $env "DASHBOARD_HOST" "0.0.0.0" -}}
{{- $_ := set $env "DASHBOARD_PORT" "8080" -}}
{{- if $own.tlsSecret -}}
{{- $_ := set $env "TLS_CERT_FILE" "/etc/medallion/files/tls.crt" -}}
{{- $_ := set $env "TLS_KEY_FILE" "/etc/medallion/files/tls.key" -}}
{{- end -}}
{{- with $own.ingress.host -}}{{- $_ := set $env "DASHBOARD_HOSTS" . -}}{{- end -}}
{{- with include "medallion.opsUrls" .root -}}{{- $_ := set $env "OPS_URLS" . -}}{{- end -}}
{{- end -}}
{{- range $name, $value := merge (dict) $own.settings $v.settings -}}
{{- $_ := set $env $name (include "medallion.text" $value) -}}
{{- end -}}
{{- range $name, $_ := $own.secrets -}}{{- $_ := set $env (printf "%s_FILE" $name) (printf "/etc/medallion/secrets/%s" $name) -}}{{- end -}}
{{- toYaml $env -}}
{{- end -}}

{{/* Without a password: that comes from a file of its own, so that it can change while the service runs. */}}
{{- define "medallion.databaseUrl" -}}
{{- $d := .root.Values.database -}}
postgres://{{ .user }}@{{ $d.host }}:{{ int $d.port }}/{{ $d.name }}?sslmode={{ $d.sslMode }}
{{- if $d.ca }}&sslrootcert=/etc/medallion/files/database-ca.crt{{ end -}}
{{- end -}}

{{/* Where the operator's page finds the services. */}}
{{- define "medallion.opsUrls" -}}
{{- $urls := list -}}
{{- range (include "medallion.components" . | fromYaml).list -}}
{{- if .scales -}}{{- $urls = append $urls (printf "http://%s:9100" .fullname) -}}{{- end -}}
{{- end -}}
{{- join "," $urls -}}
{{- end -}}

{{/* Seconds that a pod is given to end: what it sleeps first, its own time, and some for the exit. */}}
{{- define "medallion.graceSeconds" -}}
{{- $env := include "medallion.environment" . | fromYaml -}}
{{- $ms := get $env "SHUTDOWN_TIMEOUT_MS" | default "20000" | float64 -}}
{{- add 5 (ceil (divf $ms 1000.0) | int) 10 -}}
{{- end -}}
