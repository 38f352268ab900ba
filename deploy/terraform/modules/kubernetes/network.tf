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
      match_labels = { "app.kubernetes.io/part-of" = "medallion" }
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

resource "kubernetes_network_policy_v1" "metrics" {
  metadata {
    name      = "metrics-from-prometheus"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }
  spec {
    pod_selector {
      match_labels = { "app.kubernetes.io/part-of" = "medallion" }
    }
    policy_types = ["Ingress"]
    ingress {
      from {
        namespace_selector {
          match_labels = { "kubernetes.io/metadata.name" = var.monitoring_namespace }
        }
      }
      # The operator's page asks each service how it is.
      from {
        pod_selector {
          match_labels = { "app.kubernetes.io/name" = "dashboard" }
        }
      }
      ports {
        port     = "9100"
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
      match_labels = { "app.kubernetes.io/name" = "dashboard" }
    }
    policy_types = ["Egress"]
    egress {
      to {
        pod_selector {
          match_labels = { "app.kubernetes.io/part-of" = "medallion" }
        }
      }
      ports {
        port     = "9100"
        protocol = "TCP"
      }
    }
  }
}

resource "kubernetes_network_policy_v1" "page" {
  metadata {
    name      = "page-from-ingress"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }
  spec {
    pod_selector {
      match_labels = { "app.kubernetes.io/name" = "dashboard" }
    }
    policy_types = ["Ingress"]
    ingress {
      from {
        namespace_selector {
          match_labels = { "kubernetes.io/metadata.name" = var.ingress_namespace }
        }
      }
      ports {
        port     = "8080"
        protocol = "TCP"
      }
    }
  }
}
