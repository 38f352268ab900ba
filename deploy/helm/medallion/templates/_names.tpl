{{/* Names, labels and the image. Everywhere: root = the chart's context, c = one component (see _components.tpl). */}}

{{- define "medallion.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selects the pods of the release; it never changes, as a Deployment's selector must not. */}}
{{- define "medallion.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "medallion.labels" -}}
{{ include "medallion.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: medallion
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "medallion.componentSelector" -}}
{{ include "medallion.selector" .root }}
app.kubernetes.io/component: {{ .c.name }}
{{- end -}}

{{/* The head of each object of a component. The migration's come before everything else, and again with each upgrade. */}}
{{- define "medallion.metadata" -}}
name: {{ .c.fullname }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "medallion.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .c.name }}
{{- if eq .c.name "migrate" }}
annotations:
  helm.sh/hook: pre-install,pre-upgrade,pre-rollback
  helm.sh/hook-weight: {{ .weight | default "-10" | quote }}
  helm.sh/hook-delete-policy: before-hook-creation
{{- end }}
{{- end -}}

{{- define "medallion.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- end -}}
{{- end -}}
