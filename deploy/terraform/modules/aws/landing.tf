resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_144:what lands here is read into Kafka within seconds; its sender is the copy
  #checkov:skip=CKV2_AWS_62:files are found by listing (libs/files), which also finds those that an event lost
  #checkov:skip=CKV2_AWS_6:blocked below for each of these buckets; the check follows only the first of a for_each
  #checkov:skip=CKV2_AWS_61:lifecycle below for each of these buckets; the check follows only the first of a for_each
  #checkov:skip=CKV_AWS_21:versioned below, each of these buckets; the check follows only the first of a for_each
  #checkov:skip=CKV_AWS_145:files have our key; S3 delivers access logs only to buckets with its own (AES256)
  for_each = { landing = "files", logs = "access logs" }

  bucket_prefix = "${var.name}-${each.key}-"
  force_destroy = false
  tags          = merge(local.tags, { Content = each.value })
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      # Access logs are delivered only to buckets with S3's own key.
      sse_algorithm     = each.key == "logs" ? "AES256" : "aws:kms"
      kms_master_key_id = each.key == "logs" ? null : aws_kms_key.this["data"].arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  rule {
    id     = "expire"
    status = "Enabled"
    filter {}
    expiration {
      days = var.landing.expire_days
    }
    noncurrent_version_expiration {
      noncurrent_days = var.landing.expire_noncurrent_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "landing" {
  bucket        = aws_s3_bucket.this["landing"].id
  target_bucket = aws_s3_bucket.this["logs"].id
  target_prefix = "landing/"
}

locals {
  refuse_plain_text = { for name, bucket in aws_s3_bucket.this : name => {
    Sid       = "RefusePlainText"
    Effect    = "Deny"
    Principal = "*"
    Action    = "s3:*"
    Resource  = [bucket.arn, "${bucket.arn}/*"]
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  } }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([local.refuse_plain_text[each.key]], each.key != "logs" ? [] : [{
      Sid       = "AccessLogs"
      Effect    = "Allow"
      Principal = { Service = "logging.s3.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${each.value.arn}/landing/*"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = aws_s3_bucket.this["landing"].arn }
      }
    }])
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}
