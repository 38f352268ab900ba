data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  tags = merge({ Project = "medallion", ManagedBy = "terraform" }, var.tags)

  account = data.aws_caller_identity.current.account_id
  region  = data.aws_region.current.region
  # What the name of everything of AWS begins with.
  arn = "arn:${data.aws_partition.current.partition}"
}

# One key for data at rest, one for secrets: who may read files may not read passwords. MSK demands a key of one's own
# for the passwords of its users.
resource "aws_kms_key" "this" {
  for_each = {
    data    = "Records, tables, files and logs of ${var.name}"
    secrets = "Passwords of ${var.name}"
  }

  description             = each.value
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = local.tags

  # The account decides by IAM; the logs of this account and region may use the key for data.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{ Sid = "Account", Effect = "Allow", Principal = { AWS = "${local.arn}:iam::${local.account}:root" }, Action = "kms:*", Resource = "*" }],
      each.key != "data" ? [] : [{
        Sid       = "Logs"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.amazonaws.com" }
        Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
        Condition = { ArnLike = {
          "kms:EncryptionContext:aws:logs:arn" = "${local.arn}:logs:${local.region}:${local.account}:log-group:/${var.name}/*"
        } }
      }],
    )
  })
}

resource "aws_kms_alias" "this" {
  for_each      = aws_kms_key.this
  name          = "alias/${var.name}-${each.key}"
  target_key_id = each.value.key_id
}
