locals {
  kafka_users     = ["bronze-ingest", "silver-enrich", "gold-aggregate", "generator", "dashboard", "migrator"]
  database_logins = ["gold_writer", "migrator", "dash_ro", "redriver"]
}

resource "aws_secretsmanager_secret" "kafka" {
  #checkov:skip=CKV2_AWS_57:rotation is made where a function for it is named (rotation), below
  for_each = toset(local.kafka_users)

  name        = "AmazonMSK_${var.name}_${each.key}"
  description = "Kafka login ${each.key}"
  kms_key_id  = aws_kms_key.this["secrets"].arn
  tags        = merge(local.tags, { Login = each.key })
}

# Write-only: the password is in no plan and no state. A rotation by a function changes it here, and Terraform lets it be
# until passwords_revision is counted up.
resource "aws_secretsmanager_secret_version" "kafka" {
  for_each = aws_secretsmanager_secret.kafka

  secret_id                = each.value.id
  secret_string_wo         = jsonencode({ username = each.key, password = var.passwords.kafka[each.key] })
  secret_string_wo_version = var.passwords_revision
}

# The brokers read the logins that they check.
resource "aws_secretsmanager_secret_policy" "kafka" {
  for_each = aws_secretsmanager_secret.kafka

  secret_arn = each.value.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Brokers"
      Effect    = "Allow"
      Principal = { Service = "kafka.amazonaws.com" }
      Action    = "secretsmanager:GetSecretValue"
      Resource  = each.value.arn
    }]
  })
}

resource "aws_secretsmanager_secret" "database" {
  #checkov:skip=CKV2_AWS_57:rotation is made where a function for it is named (rotation), below
  for_each = toset(local.database_logins)

  name        = "${var.name}/postgres/${each.key}"
  description = "Postgres login ${each.key}"
  kms_key_id  = aws_kms_key.this["secrets"].arn
  tags        = merge(local.tags, { Login = each.key })
}

# In the form that AWS's rotation functions for RDS read and write.
resource "aws_secretsmanager_secret_version" "database" {
  for_each = aws_secretsmanager_secret.database

  secret_id = each.value.id
  secret_string_wo = jsonencode({
    engine   = "postgres"
    host     = aws_db_instance.this.address
    port     = aws_db_instance.this.port
    dbname   = aws_db_instance.this.db_name
    username = each.key
    password = var.passwords.database[each.key]
  })
  secret_string_wo_version = var.passwords_revision
}

resource "aws_secretsmanager_secret_rotation" "kafka" {
  #checkov:skip=CKV_AWS_304:rotation.days is 1 to 90 by its validation; the check does not follow the variable
  for_each = var.rotation.kafka_function_arn == null ? {} : aws_secretsmanager_secret.kafka

  secret_id           = each.value.id
  rotation_lambda_arn = var.rotation.kafka_function_arn
  rotation_rules {
    automatically_after_days = var.rotation.days
  }

  depends_on = [aws_secretsmanager_secret_version.kafka]
}

resource "aws_secretsmanager_secret_rotation" "database" {
  #checkov:skip=CKV_AWS_304:rotation.days is 1 to 90 by its validation; the check does not follow the variable
  for_each = var.rotation.postgres_function_arn == null ? {} : aws_secretsmanager_secret.database

  secret_id           = each.value.id
  rotation_lambda_arn = var.rotation.postgres_function_arn
  rotation_rules {
    automatically_after_days = var.rotation.days
  }

  depends_on = [aws_secretsmanager_secret_version.database]
}
