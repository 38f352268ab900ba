locals {
  kafka_users     = ["bronze-ingest", "silver-enrich", "gold-aggregate", "generator", "dashboard", "migrator"]
  database_logins = ["gold_writer", "migrator", "dash_ro", "redriver"]

  # All logins, by what they are for and their name. MSK demands secrets of this name, with a key of one's own.
  logins = merge(
    { for user in local.kafka_users : "kafka/${user}" => {
      login      = user
      secret     = "AmazonMSK_${var.name}_${user}"
      rotated_by = var.rotation.kafka_function_arn
    } },
    { for login in local.database_logins : "postgres/${login}" => {
      login      = login
      secret     = "${var.name}/postgres/${login}"
      rotated_by = var.rotation.postgres_function_arn
    } },
  )

  # In the forms that MSK, and AWS's rotation functions for RDS, read and write.
  contents = merge(
    { for user in local.kafka_users : "kafka/${user}" => { username = user, password = var.passwords.kafka[user] } },
    { for login in local.database_logins : "postgres/${login}" => {
      engine   = "postgres"
      host     = aws_db_instance.this.address
      port     = aws_db_instance.this.port
      dbname   = aws_db_instance.this.db_name
      username = login
      password = var.passwords.database[login]
    } },
  )
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:rotation is made where a function for it is named (rotation), below
  for_each = local.logins

  name        = each.value.secret
  description = "Login ${each.key}"
  kms_key_id  = aws_kms_key.this["secrets"].arn
  tags        = merge(local.tags, { Login = each.value.login })
}

# Write-only: the password is in no plan and no state. A rotation by a function changes it here, and Terraform lets it be
# until passwords_revision is counted up.
resource "aws_secretsmanager_secret_version" "this" {
  for_each = local.logins

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = jsonencode(local.contents[each.key])
  secret_string_wo_version = var.passwords_revision
}

# The brokers read the logins that they check.
resource "aws_secretsmanager_secret_policy" "kafka" {
  for_each = { for user in local.kafka_users : user => aws_secretsmanager_secret.this["kafka/${user}"].arn }

  secret_arn = each.value
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Brokers"
      Effect    = "Allow"
      Principal = { Service = "kafka.amazonaws.com" }
      Action    = "secretsmanager:GetSecretValue"
      Resource  = each.value
    }]
  })
}

resource "aws_secretsmanager_secret_rotation" "this" {
  #checkov:skip=CKV_AWS_304:rotation.days is 1 to 90 by its validation; the check does not follow the variable
  for_each = { for key, login in local.logins : key => login.rotated_by if login.rotated_by != null }

  secret_id           = aws_secretsmanager_secret.this[each.key].id
  rotation_lambda_arn = each.value
  rotation_rules {
    automatically_after_days = var.rotation.days
  }

  depends_on = [aws_secretsmanager_secret_version.this]
}
