# One secret for each part. data_wo is write-only: the state knows the names of the keys and the revision, no password.
resource "kubernetes_secret_v1" "part" {
  for_each = toset(local.parts)

  metadata {
    name      = "${each.key}-secrets"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }

  data_wo = merge(
    { "kafka-password" = var.passwords.kafka[each.key] },
    var.schema_registry.username == null ? {} : { "registry-password" = var.passwords.registry },
    contains(keys(local.database_login), each.key) ? {
      "database-password" = var.passwords.database[local.database_login[each.key]]
    } : {},
    each.key == "dashboard" ? {
      "operator-database-password" = var.passwords.database.redriver
      "viewer-token"               = var.passwords.dashboard.viewer_token
      "operator-token"             = var.passwords.dashboard.operator_token
      "session-secret"             = var.passwords.dashboard.session_secret
    } : {},
  )
  data_wo_revision = var.passwords_revision
}
