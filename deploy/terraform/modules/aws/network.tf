# Only the workloads reach the brokers and the database, each on one port. No rule lets anything out: neither calls anybody.
locals {
  doors = {
    kafka    = { port = 9096, of = "Brokers", speaks = "SASL SCRAM over TLS" }
    postgres = { port = 5432, of = "Database", speaks = "Postgres over TLS" }
  }
}

resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:attached in kafka.tf and postgres.tf; the check knows no MSK cluster, and not the list of a database's groups
  for_each = local.doors

  name_prefix = "${var.name}-${each.key}-"
  description = "${each.value.of} of ${var.name}: ${each.value.speaks} from the workloads"
  vpc_id      = var.vpc_id
  tags        = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.doors

  security_group_id            = aws_security_group.this[each.key].id
  description                  = "${each.value.speaks} from the workloads"
  referenced_security_group_id = var.eks.workload_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  tags                         = local.tags
}
