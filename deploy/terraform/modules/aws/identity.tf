locals {
  issuer = split("oidc-provider/", var.eks.oidc_provider_arn)[1]

  # The only two of the namespace that AWS knows: the reader of files, and the store that fetches passwords for the pods.
  # Nothing else in the release has any right in AWS.
  identities = {
    bronze-ingest = "${var.name}-bronze-ingest" # the chart's name for it
    secret-store  = "${var.name}-secret-store"
  }
}

# A role is given to pods that run as this account in this namespace, to no others.
data "aws_iam_policy_document" "trust" {
  for_each = local.identities

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [var.eks.oidc_provider_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:${var.namespace}:${each.value}"]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.identities

  name                 = each.value
  description          = "${each.key} of ${var.name}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags
}

locals {
  # What each may read, and which key opens it, through which service of AWS alone.
  rights = {
    # Files are read and never changed: what has been read is noted in Kafka.
    bronze-ingest = {
      key = "data"
      via = "s3"
      reads = {
        ListLanding = { actions = ["s3:ListBucket"], resources = [aws_s3_bucket.this["landing"].arn] }
        ReadLanding = { actions = ["s3:GetObject"], resources = ["${aws_s3_bucket.this["landing"].arn}/*"] }
      }
    }
    # The passwords of the services; not the administrator's of the database.
    secret-store = {
      key = "secrets"
      via = "secretsmanager"
      reads = {
        ReadPasswords = {
          actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
          resources = [for secret in aws_secretsmanager_secret.this : secret.arn]
        }
      }
    }
  }
}

data "aws_iam_policy_document" "rights" {
  for_each = local.rights

  dynamic "statement" {
    for_each = each.value.reads
    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
  statement {
    sid       = "Open"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.this[each.value.key].arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["${each.value.via}.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "this" {
  for_each = data.aws_iam_policy_document.rights

  name   = "least"
  role   = aws_iam_role.this[each.key].id
  policy = each.value.json
}
