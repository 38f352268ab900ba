# Only the workloads reach the brokers and the database, each on one port. No rule lets anything out: neither calls anybody.
resource "aws_security_group" "kafka" {
  #checkov:skip=CKV2_AWS_5:attached to the MSK cluster in kafka.tf; the check does not know that resource
  name_prefix = "${var.name}-kafka-"
  description = "Brokers of ${var.name}: SASL over TLS from the workloads"
  vpc_id      = var.vpc_id
  tags        = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "kafka" {
  security_group_id            = aws_security_group.kafka.id
  description                  = "SASL SCRAM over TLS from the workloads"
  referenced_security_group_id = var.eks.workload_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 9096
  to_port                      = 9096
  tags                         = local.tags
}

resource "aws_security_group" "postgres" {
  #checkov:skip=CKV2_AWS_5:attached to the database in postgres.tf, by its list of groups
  name_prefix = "${var.name}-postgres-"
  description = "Database of ${var.name}: TLS from the workloads"
  vpc_id      = var.vpc_id
  tags        = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "postgres" {
  security_group_id            = aws_security_group.postgres.id
  description                  = "Postgres over TLS from the workloads"
  referenced_security_group_id = var.eks.workload_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  tags                         = local.tags
}
