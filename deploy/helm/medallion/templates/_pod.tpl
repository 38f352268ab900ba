{{/* What the pods of all components have in common. */}}
{{- define "medallion.podTemplate" -}}
{{- $v := .root.Values -}}{{- $own := get $v .c.key -}}
{{- $files := include "medallion.fileSources" . -}}
metadata:
  labels:
    {{- include "medallion.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .c.name }}
    {{- with $own.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Another configuration is another pod. Secrets are not in it: they are read again without a restart.
    checksum/config: {{ include "medallion.environment" . | sha256sum }}
    {{- with $own.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ .c.fullname }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $v.imagePullSecrets }}
  imagePullSecrets: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $own.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.affinity }}
  affinity: {{ toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: { type: RuntimeDefault }
  {{- if or .c.ends (eq .c.name "migrate") }}
  restartPolicy: Never
  {{- end }}
  {{- if ne .c.name "migrate" }}
  terminationGracePeriodSeconds: {{ include "medallion.graceSeconds" . }}
  {{- if and $v.topologySpread.enabled (not .c.ends) }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: {{ $v.topologySpread.whenUnsatisfiable }}
      labelSelector:
        matchLabels: {{ include "medallion.componentSelector" $ | nindent 10 }}
      # A rollout's new pods are spread among themselves.
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- end }}
  {{- end }}
  containers:
    - name: {{ .c.name }}
      image: {{ include "medallion.image" .root | quote }}
      imagePullPolicy: {{ $v.image.pullPolicy }}
      args: {{ include "medallion.args" . | nindent 8 }}
      envFrom:
        - configMapRef: { name: {{ .c.fullname }} }
      {{- if .c.ops }}
      ports:
        - { name: ops, containerPort: 9100 }
        {{- if eq .c.name "dashboard" }}
        - { name: http, containerPort: 8080 }
        {{- end }}
      {{- include "medallion.probes" . | nindent 6 }}
      {{- end }}
      resources: {{ toYaml $own.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        privileged: false
        readOnlyRootFilesystem: true
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        capabilities: { drop: [ALL] }
        seccompProfile: { type: RuntimeDefault }
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        {{- if $own.secrets }}
        - { name: secrets, mountPath: /etc/medallion/secrets, readOnly: true }
        {{- end }}
        {{- if $files }}
        - { name: files, mountPath: /etc/medallion/files, readOnly: true }
        {{- end }}
        {{- if dig "landing" "existingClaim" "" $own }}
        - { name: landing, mountPath: /landing, readOnly: true }
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: { sizeLimit: {{ $v.tmpSize }} }
    {{- include "medallion.secretsVolume" . | nindent 4 }}
    {{- if $files }}
    - name: files
      projected:
        defaultMode: 288 # 0440
        sources: {{ $files | nindent 10 }}
    {{- end }}
    {{- with dig "landing" "existingClaim" "" $own }}
    - name: landing
      persistentVolumeClaim: { claimName: {{ . }}, readOnly: true }
    {{- end }}
{{- end -}}

{{- define "medallion.args" -}}
{{- if eq .c.name "migrate" -}}
{{- toYaml (concat (list "medallion" "migrate") .root.Values.pipelines .root.Values.migrate.args) -}}
{{- else if eq .c.name "generator" -}}
{{- toYaml (concat (list "santa-generator") .root.Values.generator.args) -}}
{{- else -}}
{{- toYaml (list .c.name) -}}
{{- end -}}
{{- end -}}

{{/*
Three questions. Has it begun: its own HTTP answers. Is it stuck: /livez asks for progress alone, so that a broker that is down
gets nobody restarted. Can it work: /readyz, dependencies included. A rollout waits for the last, so what cannot work replaces
nothing. While a pod ends, preStop gives the endpoints time to lose it.
*/}}
{{- define "medallion.probes" -}}
startupProbe:
  httpGet: { path: /livez, port: ops }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /livez, port: ops }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: { path: /readyz, port: ops }
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
lifecycle:
  preStop:
    sleep: { seconds: 5 }
{{- end -}}
