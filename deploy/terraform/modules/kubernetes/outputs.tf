output "namespace" {
  description = "The namespace that everything is in."
  value       = kubernetes_namespace_v1.this.metadata[0].name
}

output "dashboard_service" {
  description = "The service that an ingress has to point at, port 80."
  value       = kubernetes_service_v1.service["dashboard"].metadata[0].name
}

output "secret_names" {
  description = "The secret of each part."
  value       = { for part, secret in kubernetes_secret_v1.part : part => secret.metadata[0].name }
}

output "migration_job" {
  description = "The job that made topics, schemas, tables and roles for this image."
  value       = kubernetes_job_v1.migrate.metadata[0].name
}
