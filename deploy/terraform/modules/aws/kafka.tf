locals {
  zones   = length(var.private_subnet_ids)
  brokers = local.zones * var.kafka.brokers_per_zone
}

resource "aws_msk_configuration" "this" {
  name           = var.name
  description    = "What Medallion relies on: topics are made by its migration, and an acknowledged record is on two disks"
  kafka_versions = [var.kafka.version]

  # Two in-sync replicas of three: one broker may be away, and nothing acknowledged is lost with it. With two zones there
  # are two replicas, and one of them is enough, else an upgrade of a broker would stop all writes.
  server_properties = <<-EOT
    auto.create.topics.enable=false
    default.replication.factor=${local.zones}
    min.insync.replicas=${local.zones == 3 ? 2 : 1}
    offsets.topic.replication.factor=${local.zones}
    unclean.leader.election.enable=false
    allow.everyone.if.no.acl.found=false
    log.retention.hours=168
    offsets.retention.minutes=20160
  EOT

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "kafka" {
  #checkov:skip=CKV_AWS_338:a month of broker logs is for finding faults; nothing here has to be kept for a year
  name              = "/${var.name}/kafka"
  retention_in_days = var.kafka.log_retention
  kms_key_id        = aws_kms_key.this["data"].arn
  tags              = local.tags
}

resource "aws_msk_cluster" "this" {
  cluster_name           = var.name
  kafka_version          = var.kafka.version
  number_of_broker_nodes = local.brokers
  enhanced_monitoring    = "PER_TOPIC_PER_BROKER"
  tags                   = local.tags

  broker_node_group_info {
    instance_type   = var.kafka.instance_type
    client_subnets  = var.private_subnet_ids
    security_groups = [aws_security_group.this["kafka"].id]

    connectivity_info {
      public_access {
        type = "DISABLED"
      }
    }
    storage_info {
      ebs_storage_info {
        volume_size = var.kafka.volume_gib
      }
    }
  }

  configuration_info {
    arn      = aws_msk_configuration.this.arn
    revision = aws_msk_configuration.this.latest_revision
  }

  client_authentication {
    unauthenticated = false
    sasl {
      scram = true
      iam   = true # for whoever sets the ACLs: the first administrator has no SCRAM login yet
    }
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = aws_kms_key.this["data"].arn
    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }

  open_monitoring {
    prometheus {
      jmx_exporter {
        enabled_in_broker = true
      }
      node_exporter {
        enabled_in_broker = true
      }
    }
  }

  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.kafka.name
      }
    }
  }

  lifecycle {
    # Storage grows by itself (below), and Terraform shall not want it back.
    ignore_changes = [broker_node_group_info[0].storage_info[0].ebs_storage_info[0].volume_size]
  }
}

# Disks grow before they are full. They never shrink: a flood costs money from then on.
resource "aws_appautoscaling_target" "kafka_storage" {
  min_capacity       = 1
  max_capacity       = var.kafka.max_volume_gib
  resource_id        = aws_msk_cluster.this.arn
  scalable_dimension = "kafka:broker-storage:VolumeSize"
  service_namespace  = "kafka"
}

resource "aws_appautoscaling_policy" "kafka_storage" {
  name               = "${var.name}-kafka-storage"
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.kafka_storage.resource_id
  scalable_dimension = aws_appautoscaling_target.kafka_storage.scalable_dimension
  service_namespace  = aws_appautoscaling_target.kafka_storage.service_namespace

  target_tracking_scaling_policy_configuration {
    target_value     = 65
    disable_scale_in = true
    predefined_metric_specification {
      predefined_metric_type = "KafkaBrokerStorageUtilization"
    }
  }
}

resource "aws_msk_scram_secret_association" "this" {
  cluster_arn     = aws_msk_cluster.this.arn
  secret_arn_list = [for user in local.kafka_users : aws_secretsmanager_secret.this["kafka/${user}"].arn]

  depends_on = [aws_secretsmanager_secret_version.this, aws_secretsmanager_secret_policy.kafka]
}
