locals {
  services = concat(local.layers, ["dashboard"])
}

resource "kubernetes_deployment_v1" "service" {
  #checkov:skip=CKV_K8S_10:requested below, from var.resources, which the check does not follow
  #checkov:skip=CKV_K8S_11:no CPU limit on purpose: a throttled consumer loses its partitions
  #checkov:skip=CKV_K8S_12:limited below, from var.resources, which the check does not follow
  #checkov:skip=CKV_K8S_13:requested below, from var.resources, which the check does not follow
  #checkov:skip=CKV_K8S_14:var.image takes digests alone (its validation), which the check does not follow
  #checkov:skip=CKV_K8S_43:var.image takes digests alone (its validation), which the check does not follow
  for_each = toset(local.services)

  metadata {
    name      = each.key
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = merge(local.labels, { "app.kubernetes.io/name" = each.key })
  }

  spec {
    replicas = lookup(var.replicas, each.key, 1)
    selector {
      match_labels = { "app.kubernetes.io/name" = each.key }
    }
    # One more before one less: the group rebalances, and nobody is left without an owner for long.
    strategy {
      type = "RollingUpdate"
      rolling_update {
        max_surge       = "1"
        max_unavailable = "0"
      }
    }

    template {
      metadata {
        labels = merge(local.labels, { "app.kubernetes.io/name" = each.key })
      }
      spec {
        service_account_name            = kubernetes_service_account_v1.part[each.key].metadata[0].name
        automount_service_account_token = false
        # SHUTDOWN_TIMEOUT_MS is 20 s: what is read is committed before the process ends.
        termination_grace_period_seconds = 30

        security_context {
          run_as_non_root = true
          run_as_user     = local.user
          run_as_group    = local.user
          fs_group        = local.user
          seccomp_profile { type = "RuntimeDefault" }
        }

        topology_spread_constraint {
          max_skew           = 1
          topology_key       = "topology.kubernetes.io/zone"
          when_unsatisfiable = "ScheduleAnyway"
          label_selector {
            match_labels = { "app.kubernetes.io/name" = each.key }
          }
        }

        container {
          name  = each.key
          image = var.image
          # A digest never changes, but a node must ask whether it may still use it.
          image_pull_policy = "Always"
          args              = [each.key]

          port {
            name           = "ops"
            container_port = 9100
          }
          dynamic "port" {
            for_each = each.key == "dashboard" ? [8080] : []
            content {
              name           = "page"
              container_port = port.value
            }
          }

          dynamic "env" {
            for_each = local.environment[each.key]
            content {
              name  = env.key
              value = env.value
            }
          }

          resources {
            requests = { cpu = var.resources.cpu_request, memory = var.resources.memory_request }
            limits   = { memory = var.resources.memory_limit }
          }

          # Alive = makes progress, whatever Kafka does. Ready = its dependencies answer. So an outage restarts nothing.
          startup_probe {
            http_get {
              path = "/livez"
              port = "ops"
            }
            period_seconds    = 2
            failure_threshold = 60
          }
          liveness_probe {
            http_get {
              path = "/livez"
              port = "ops"
            }
            period_seconds    = 10
            timeout_seconds   = 5
            failure_threshold = 3
          }
          readiness_probe {
            http_get {
              path = "/readyz"
              port = "ops"
            }
            period_seconds  = 5
            timeout_seconds = 5
          }

          security_context {
            allow_privilege_escalation = false
            read_only_root_filesystem  = true
            capabilities { drop = ["ALL"] }
          }

          dynamic "volume_mount" {
            for_each = local.mounts
            content {
              name       = volume_mount.key
              mount_path = volume_mount.value.path
              read_only  = volume_mount.value.read_only
            }
          }
        }

        volume {
          name = "secrets"
          secret {
            secret_name  = kubernetes_secret_v1.part[each.key].metadata[0].name
            default_mode = "0440"
          }
        }
        volume {
          name = "authorities"
          config_map { name = kubernetes_config_map_v1.authorities.metadata[0].name }
        }
        volume {
          name = "tmp"
          empty_dir { size_limit = "256Mi" }
        }
      }
    }
  }

  depends_on = [kubernetes_job_v1.migrate, kubernetes_network_policy_v1.out]
}

resource "kubernetes_service_v1" "service" {
  for_each = toset(local.services)

  metadata {
    name      = each.key
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = merge(local.labels, { "app.kubernetes.io/name" = each.key })
  }
  spec {
    type     = "ClusterIP"
    selector = { "app.kubernetes.io/name" = each.key }
    port {
      name        = "ops"
      port        = 9100
      target_port = "ops"
    }
    dynamic "port" {
      for_each = each.key == "dashboard" ? [80] : []
      content {
        name        = "page"
        port        = port.value
        target_port = "page"
      }
    }
  }
}

# A node that is drained takes one of a service at a time.
resource "kubernetes_pod_disruption_budget_v1" "service" {
  for_each = toset([for name in local.services : name if lookup(var.replicas, name, 1) > 1])

  metadata {
    name      = each.key
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }
  spec {
    max_unavailable = "1"
    selector {
      match_labels = { "app.kubernetes.io/name" = each.key }
    }
  }
}
