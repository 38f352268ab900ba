resource "kubernetes_namespace_v1" "this" {
  metadata {
    name = var.namespace
    # The strictest of Kubernetes' own levels: no root, no privileges, no host.
    labels = merge(local.labels, {
      "pod-security.kubernetes.io/enforce" = "restricted"
      "pod-security.kubernetes.io/audit"   = "restricted"
      "pod-security.kubernetes.io/warn"    = "restricted"
    })
  }
}

# An identity for each part, without a token: none of them talks to the cluster.
resource "kubernetes_service_account_v1" "part" {
  for_each = toset(local.parts)

  metadata {
    name      = each.key
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }
  automount_service_account_token = false
}

resource "kubernetes_config_map_v1" "authorities" {
  metadata {
    name      = "medallion-authorities"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }
  data = merge(
    { "database.pem" = var.database.ca_pem },
    var.kafka.ca_pem == null ? {} : { "kafka.pem" = var.kafka.ca_pem },
  )
}
