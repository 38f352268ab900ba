# The release of the chart, with what only this module knows: addresses, logins and where their passwords are.
locals {
  # Each part's user of Kafka, and its login of Postgres, where it has one.
  parts = {
    migrate       = { kafka = "migrator", database = "migrator" }
    bronzeIngest  = { kafka = "bronze-ingest", database = null }
    silverEnrich  = { kafka = "silver-enrich", database = null }
    goldAggregate = { kafka = "gold-aggregate", database = "gold_writer" }
    dashboard     = { kafka = "dashboard", database = "dash_ro" }
  }
  passwords = { for key, login in local.logins : key => { remote = { key = login.secret, property = "password" } } }
  access = { for part, login in local.parts : part => {
    kafka = { username = login.kafka }
    secrets = merge(
      { KAFKA_SASL_PASSWORD = local.passwords["kafka/${login.kafka}"] },
      login.database == null ? {} : { DATABASE_PASSWORD = local.passwords["postgres/${login.database}"] },
    )
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
    networkPolicy = { kafka = { ports = [local.doors.kafka.port] }, objects = { enabled = true } }

    migrate = local.access.migrate
    bronzeIngest = merge(local.access.bronzeIngest, {
      replicas       = 2
      settings       = { LANDING_URL = "s3://${aws_s3_bucket.this["landing"].id}", S3_REGION = local.region }
      serviceAccount = { annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.this["bronze-ingest"].arn } }
    })
    silverEnrich  = merge(local.access.silverEnrich, { replicas = 2 })
    goldAggregate = merge(local.access.goldAggregate, { replicas = 2 })
    # Off until its login (AUTH, OIDC_…) is in the release's own values.
    dashboard = local.access.dashboard
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
      region  = local.region
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
    aws_secretsmanager_secret_version.this,
  ]
}
