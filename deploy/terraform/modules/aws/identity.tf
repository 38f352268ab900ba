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

# Files are read and never changed: what has been read is noted in Kafka.
data "aws_iam_policy_document" "landing" {
  statement {
    sid       = "ListLanding"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this["landing"].arn]
  }
  statement {
    sid       = "ReadLanding"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this["landing"].arn}/*"]
  }
  statement {
    sid       = "OpenLanding"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.this["data"].arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${data.aws_region.current.region}.amazonaws.com"]
    }
  }
}

# The passwords of the services; not the administrator's of the database.
data "aws_iam_policy_document" "secrets" {
  statement {
    sid     = "ReadPasswords"
    actions = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = concat(
      [for secret in aws_secretsmanager_secret.kafka : secret.arn],
      [for secret in aws_secretsmanager_secret.database : secret.arn],
    )
  }
  statement {
    sid       = "OpenPasswords"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.this["secrets"].arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${data.aws_region.current.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "this" {
  for_each = {
    bronze-ingest = data.aws_iam_policy_document.landing.json
    secret-store  = data.aws_iam_policy_document.secrets.json
  }

  name   = "least"
  role   = aws_iam_role.this[each.key].id
  policy = each.value
}
