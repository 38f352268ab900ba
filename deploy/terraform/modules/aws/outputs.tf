output "kafka_brokers" {
  description = "The brokers, for KAFKA_BROKERS: SASL SCRAM over TLS."
  value       = aws_msk_cluster.this.bootstrap_brokers_sasl_scram
}

output "kafka_admin_brokers" {
  description = "The brokers for an administrator with IAM rights, who sets the first ACLs (deploy/kafka)."
  value       = aws_msk_cluster.this.bootstrap_brokers_sasl_iam
}

output "database_host" {
  description = "The host of the database."
  value       = aws_db_instance.this.address
}

output "database_administrator_secret_arn" {
  description = "Where RDS keeps the administrator's password, for deploy/postgres/roles.sql."
  value       = try(aws_db_instance.this.master_user_secret[0].secret_arn, null)
}

output "landing_url" {
  description = "The bucket for files, for LANDING_URL."
  value       = "s3://${aws_s3_bucket.this["landing"].id}"
}

output "role_arns" {
  description = "The IAM roles: who reads files, and who fetches passwords."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}

output "secret_names" {
  description = "The secrets in Secrets Manager: Kafka users and Postgres logins."
  value = {
    kafka    = { for user in local.kafka_users : user => local.logins["kafka/${user}"].secret }
    database = { for login in local.database_logins : login => local.logins["postgres/${login}"].secret }
  }
}
