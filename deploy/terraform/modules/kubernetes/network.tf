# Nothing in and nothing out, but for what the other two allow.
resource "kubernetes_network_policy_v1" "deny" {
  metadata {
    name      = "deny-all"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }
  spec {
    pod_selector {}
    policy_types = ["Ingress", "Egress"]
  }
}

resource "kubernetes_network_policy_v1" "out" {
  metadata {
    name      = "to-kafka-registry-database"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }
  spec {
    pod_selector {
      match_labels = local.all_pods
    }
    policy_types = ["Egress"]

    egress {
      dynamic "to" {
        for_each = var.egress_cidrs
        content {
          ip_block { cidr = to.value }
        }
      }
      dynamic "ports" {
        for_each = var.egress_ports
        content {
          port     = tostring(ports.value)
          protocol = "TCP"
        }
      }
    }
    egress {
      to {
        namespace_selector {
          match_labels = { "kubernetes.io/metadata.name" = "kube-system" }
        }
      }
      ports {
        port     = "53"
        protocol = "UDP"
      }
      ports {
        port     = "53"
        protocol = "TCP"
      }
    }
  }
}

locals {
  dashboard_pods = { "app.kubernetes.io/name" = "dashboard" }
  all_pods       = { "app.kubernetes.io/part-of" = "medallion" }

  # Who comes in: to which pods, from which namespace, from which pods of this one, to which port.
  ways_in = {
    metrics-from-prometheus = { to = local.all_pods, namespace = var.monitoring_namespace, pods = null, port = "9100" }
    # The operator's page asks each service how it is.
    metrics-from-dashboard = { to = local.all_pods, namespace = null, pods = local.dashboard_pods, port = "9100" }
    page-from-ingress      = { to = local.dashboard_pods, namespace = var.ingress_namespace, pods = null, port = "8080" }
  }
}

resource "kubernetes_network_policy_v1" "into" {
  for_each = local.ways_in

  metadata {
    name      = each.key
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }
  spec {
    pod_selector {
      match_labels = each.value.to
    }
    policy_types = ["Ingress"]
    ingress {
      from {
        dynamic "namespace_selector" {
          for_each = each.value.namespace == null ? [] : [each.value.namespace]
          content {
            match_labels = { "kubernetes.io/metadata.name" = namespace_selector.value }
          }
        }
        dynamic "pod_selector" {
          for_each = each.value.pods == null ? [] : [each.value.pods]
          content {
            match_labels = pod_selector.value
          }
        }
      }
      ports {
        port     = each.value.port
        protocol = "TCP"
      }
    }
  }
}

resource "kubernetes_network_policy_v1" "ask_services" {
  metadata {
    name      = "dashboard-asks-services"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }
  spec {
    pod_selector {
      match_labels = local.dashboard_pods
    }
    policy_types = ["Egress"]
    egress {
      to {
        pod_selector {
          match_labels = local.all_pods
        }
      }
      ports {
        port     = "9100"
        protocol = "TCP"
      }
    }
  }
}
