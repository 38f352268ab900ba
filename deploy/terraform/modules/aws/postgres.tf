resource "aws_db_subnet_group" "this" {
  name_prefix = "${var.name}-"
  description = "Private subnets of ${var.name}"
  subnet_ids  = var.private_subnet_ids
  tags        = local.tags
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  description = "What Medallion relies on"
  family      = "postgres${split(".", var.postgres.version)[0]}"
  tags        = local.tags

  dynamic "parameter" {
    for_each = {
      "rds.force_ssl" = "1"
      # Postgres keeps passwords in no other form by itself; this refuses those that somebody had it keep as MD5.
      "rds.accepted_password_auth_method" = "scram"
      "log_connections"                   = "1"
      "log_disconnections"                = "1"
      "log_min_duration_statement"        = "1000"
      "log_statement"                     = "ddl"
      # A writer that stalls inside its transaction holds leases: it ends, and another takes over.
      "idle_in_transaction_session_timeout" = "60000"
    }
    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = parameter.key == "rds.accepted_password_auth_method" ? "pending-reboot" : "immediate"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "rds_monitoring" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "rds_monitoring" {
  name_prefix          = "${var.name}-rds-"
  description          = "RDS writes what its host does to CloudWatch"
  assume_role_policy   = data.aws_iam_policy_document.rds_monitoring.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags
}

resource "aws_iam_role_policy_attachment" "rds_monitoring" {
  role       = aws_iam_role.rds_monitoring.name
  policy_arn = "${local.arn}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_133:backup_days is 7 to 35 by its validation; the check does not follow the variable
  #checkov:skip=CKV2_AWS_69:rds.force_ssl is 1 in the parameter group above; the check does not read dynamic blocks
  identifier     = var.name
  engine         = "postgres"
  engine_version = var.postgres.version
  instance_class = var.postgres.instance_class
  db_name        = "medallion"
  port           = local.doors.postgres.port

  # The administrator's password is made, kept and changed by RDS. No service has it: it makes the roles of
  # deploy/postgres/roles.sql, once.
  username                      = "administrator"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.this["secrets"].arn

  allocated_storage     = var.postgres.volume_gib
  max_allocated_storage = var.postgres.max_volume_gib
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.this["data"].arn

  multi_az               = true
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this["postgres"].id]
  publicly_accessible    = false
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  # Logins of people, without a password of their own. The services use passwords that are rotated.
  iam_database_authentication_enabled = true

  backup_retention_period   = var.postgres.backup_days
  backup_window             = "02:00-03:00"
  maintenance_window        = "sun:03:30-sun:04:30"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false
  deletion_protection       = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-final"

  auto_minor_version_upgrade      = true
  allow_major_version_upgrade     = false
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.rds_monitoring.arn
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.this["data"].arn

  tags = local.tags
}
