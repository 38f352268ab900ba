{{/*
A secret setting has one source: `existing` (a Secret and its key), `value` (in a Secret of the chart) or `remote` (in a
Secret that the External Secrets Operator makes). All are mounted as files below /etc/medallion/secrets, where the services
read them again at each new connection; none is in an environment variable, nor mounted by subPath, which would never change.
*/}}

{{/* The Secret and key that a secret setting is read from. */}}
{{- define "medallion.secretRef" -}}
{{- if .source.existing -}}
name: {{ .source.existing.name }}
key: {{ .source.existing.key }}
{{- else if hasKey .source "remote" -}}
name: {{ .c.fullname }}-remote
key: {{ .setting }}
{{- else -}}
name: {{ .c.fullname }}
key: {{ .setting }}
{{- end -}}
{{- end -}}

{{- define "medallion.secretsVolume" -}}
{{- $own := get .root.Values .c.key -}}
{{- if $own.secrets }}
- name: secrets
  projected:
    defaultMode: 288 # 0440
    sources:
      {{- range $setting, $source := $own.secrets }}
      {{- $ref := include "medallion.secretRef" (dict "source" $source "setting" $setting "c" $.c) | fromYaml }}
      - secret:
          name: {{ $ref.name }}
          items: [{ key: {{ $ref.key | quote }}, path: {{ $setting }} }]
      {{- end }}
{{- end }}
{{- end -}}

{{/* Certificates: one item of the projected volume. */}}
{{- define "medallion.fileSource" -}}
{{- if .ref.secret }}
- secret:
    name: {{ .ref.secret.name }}
    items: [{ key: {{ .ref.secret.key | quote }}, path: {{ .path }} }]
{{- else }}
- configMap:
    name: {{ .ref.configMap.name }}
    items: [{ key: {{ .ref.configMap.key | quote }}, path: {{ .path }} }]
{{- end }}
{{- end -}}

{{- define "medallion.fileSources" -}}
{{- $v := .root.Values -}}{{- $own := get $v .c.key -}}
{{- if and $v.kafka.ssl $v.kafka.ca }}{{ include "medallion.fileSource" (dict "ref" $v.kafka.ca "path" "kafka-ca.crt") }}{{ end }}
{{- if and $v.kafka.ssl (dig "kafka" "clientCertificate" "" $own) }}
- secret:
    name: {{ $own.kafka.clientCertificate.name }}
    items:
      - { key: {{ $own.kafka.clientCertificate.certKey | default "user.crt" | quote }}, path: kafka.crt }
      - { key: {{ $own.kafka.clientCertificate.keyKey | default "user.key" | quote }}, path: kafka.key }
{{- end }}
{{- if and .c.registry $v.schemaRegistry.ca }}{{ include "medallion.fileSource" (dict "ref" $v.schemaRegistry.ca "path" "registry-ca.crt") }}{{ end }}
{{- if and .c.database $v.database.ca }}{{ include "medallion.fileSource" (dict "ref" $v.database.ca "path" "database-ca.crt") }}{{ end }}
{{- with $own.tlsSecret }}
- secret:
    name: {{ . }}
    items: [{ key: tls.crt, path: tls.crt }, { key: tls.key, path: tls.key }]
{{- end }}
{{- end -}}
