# Topics, schemas, tables, roles and grants, before any service starts. A job cannot be changed: another image or another
# list of pipelines is another job, named after them.
resource "kubernetes_job_v1" "migrate" {
  metadata {
    name      = "migrate-${substr(sha256(jsonencode([var.image, var.pipelines])), 0, 10)}"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = merge(local.labels, { "app.kubernetes.io/name" = "migrator" })
  }

  spec {
    backoff_limit           = 5
    active_deadline_seconds = 900

    template {
      metadata {
        labels = merge(local.labels, { "app.kubernetes.io/name" = "migrator" })
      }
      spec {
        service_account_name            = kubernetes_service_account_v1.part["migrator"].metadata[0].name
        automount_service_account_token = false
        restart_policy                  = "Never"

        security_context {
          run_as_non_root = true
          run_as_user     = local.user
          run_as_group    = local.user
          fs_group        = local.user
          seccomp_profile { type = "RuntimeDefault" }
        }

        container {
          name  = "migrate"
          image = var.image
          # A digest never changes, but a node must ask whether it may still use it.
          image_pull_policy = "Always"
          args              = concat(["medallion", "migrate"], var.pipelines)

          dynamic "env" {
            for_each = local.environment["migrator"]
            content {
              name  = env.key
              value = env.value
            }
          }

          resources {
            requests = { cpu = var.resources.cpu_request, memory = var.resources.memory_request }
            limits   = { memory = var.resources.memory_limit }
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
            secret_name  = kubernetes_secret_v1.part["migrator"].metadata[0].name
            default_mode = "0440"
          }
        }
        volume {
          name = "authorities"
          config_map { name = kubernetes_config_map_v1.authorities.metadata[0].name }
        }
        volume {
          name = "tmp"
          empty_dir { size_limit = "64Mi" }
        }
      }
    }
  }

  wait_for_completion = true
  timeouts {
    create = "16m"
  }

  depends_on = [kubernetes_network_policy_v1.out]
}
