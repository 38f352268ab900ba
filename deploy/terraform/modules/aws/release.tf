# The release of the chart, with what only this module knows: addresses, logins and where their passwords are.
locals {
  kafka_password = { for user in local.kafka_users : user => {
    remote = { key = "AmazonMSK_${var.name}_${user}", property = "password" }
  } }
  database_password = { for login in local.database_logins : login => {
    remote = { key = "${var.name}/postgres/${login}", property = "password" }
  } }

  values = {
    fullnameOverride = var.name
    image            = { repository = var.release.image_repository, digest = var.release.image_digest }
    pipelines        = var.release.pipelines

    kafka = {
      brokers       = split(",", aws_msk_cluster.this.bootstrap_brokers_sasl_scram)
      ssl           = true
      saslMechanism = "scram-sha-512"
    }
    schemaRegistry = { url = var.schema_registry_url }
    database = {
      host    = aws_db_instance.this.address
      port    = aws_db_instance.this.port
      name    = aws_db_instance.this.db_name
      sslMode = "verify-full"
      ca      = { configMap = { name = "${var.name}-authorities", key = "database.pem" } }
    }
    secretStore   = { kind = "SecretStore", name = var.name }
    networkPolicy = { kafka = { ports = [9096] }, objects = { enabled = true } }

    migrate = {
      kafka   = { username = "migrator" }
      secrets = { KAFKA_SASL_PASSWORD = local.kafka_password["migrator"], DATABASE_PASSWORD = local.database_password["migrator"] }
    }
    bronzeIngest = {
      replicas       = 2
      kafka          = { username = "bronze-ingest" }
      secrets        = { KAFKA_SASL_PASSWORD = local.kafka_password["bronze-ingest"] }
      settings       = { LANDING_URL = "s3://${aws_s3_bucket.this["landing"].id}", S3_REGION = data.aws_region.current.region }
      serviceAccount = { annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.this["bronze-ingest"].arn } }
    }
    silverEnrich = {
      replicas = 2
      kafka    = { username = "silver-enrich" }
      secrets  = { KAFKA_SASL_PASSWORD = local.kafka_password["silver-enrich"] }
    }
    goldAggregate = {
      replicas = 2
      kafka    = { username = "gold-aggregate" }
      secrets  = { KAFKA_SASL_PASSWORD = local.kafka_password["gold-aggregate"], DATABASE_PASSWORD = local.database_password["gold_writer"] }
    }
    # Off until its login (AUTH, OIDC_…) is in the release's own values.
    dashboard = {
      kafka   = { username = "dashboard" }
      secrets = { KAFKA_SASL_PASSWORD = local.kafka_password["dashboard"], DATABASE_PASSWORD = local.database_password["dash_ro"] }
    }
  }
}

resource "kubernetes_namespace_v1" "this" {
  count = var.release.enabled ? 1 : 0

  metadata {
    name = var.namespace
    # The strictest of Kubernetes' own levels: no root, no privileges, no host.
    labels = {
      "pod-security.kubernetes.io/enforce" = "restricted"
      "pod-security.kubernetes.io/audit"   = "restricted"
      "pod-security.kubernetes.io/warn"    = "restricted"
    }
  }
}

resource "kubernetes_config_map_v1" "authorities" {
  count = var.release.enabled ? 1 : 0

  metadata {
    name      = "${var.name}-authorities"
    namespace = kubernetes_namespace_v1.this[0].metadata[0].name
  }
  data = { "database.pem" = var.database_ca_pem }
}

resource "kubernetes_service_account_v1" "secret_store" {
  count = var.release.enabled ? 1 : 0

  metadata {
    name        = local.identities["secret-store"]
    namespace   = kubernetes_namespace_v1.this[0].metadata[0].name
    annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.this["secret-store"].arn }
  }
  automount_service_account_token = false
}

# Of the External Secrets Operator, which has to be in the cluster before: a plan asks the cluster for its kinds.
resource "kubernetes_manifest" "secret_store" {
  count = var.release.enabled ? 1 : 0

  manifest = {
    apiVersion = "external-secrets.io/v1"
    kind       = "SecretStore"
    metadata   = { name = var.name, namespace = var.namespace }
    spec = { provider = { aws = {
      service = "SecretsManager"
      region  = data.aws_region.current.region
      auth    = { jwt = { serviceAccountRef = { name = local.identities["secret-store"] } } }
    } } }
  }

  depends_on = [kubernetes_service_account_v1.secret_store]
}

resource "helm_release" "this" {
  count = var.release.enabled ? 1 : 0

  name      = var.name
  chart     = var.release.chart
  namespace = kubernetes_namespace_v1.this[0].metadata[0].name
  values    = concat([yamlencode(local.values)], var.release.values)

  # The migration is a job before the services; if either fails, the release before it is put back.
  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 1200

  depends_on = [
    kubernetes_config_map_v1.authorities,
    kubernetes_manifest.secret_store,
    aws_iam_role_policy.this,
    aws_msk_scram_secret_association.this,
    aws_secretsmanager_secret_version.database,
  ]
}
