locals {
  layers = ["bronze-ingest", "silver-enrich", "gold-aggregate"]

  labels = {
    "app.kubernetes.io/part-of"    = "medallion"
    "app.kubernetes.io/managed-by" = "terraform"
  }

  # Which files with secrets a part has, and nothing beyond: a stolen pod of bronze knows no password of Postgres.
  database_login = { gold-aggregate = "gold_writer", migrator = "migrator", dashboard = "dash_ro" }
  parts          = concat(local.layers, ["dashboard", "migrator"])

  secret_folder = "/run/secrets/medallion"
  ca_folder     = "/etc/medallion/ca"

  # What the pods of the services and of the migration have in common, whatever resource they are part of.
  user = 10001
  # Folders, not single files: only then does a rotated password reach the running pod.
  mounts = {
    secrets     = { path = local.secret_folder, read_only = true }
    authorities = { path = local.ca_folder, read_only = true }
    tmp         = { path = "/tmp", read_only = false }
  }
  database_url = "${var.database.host}:${var.database.port}/${var.database.name}?sslmode=verify-full&sslrootcert=${local.ca_folder}/database.pem"

  common_environment = merge(
    {
      KAFKA_BROKERS            = join(",", var.kafka.brokers)
      KAFKA_SSL                = "true"
      KAFKA_SASL_MECHANISM     = var.kafka.mechanism
      SCHEMA_REGISTRY_URL      = var.schema_registry.url
      KAFKA_SASL_PASSWORD_FILE = "${local.secret_folder}/kafka-password"
    },
    var.kafka.ca_pem == null ? {} : { KAFKA_SSL_CA_FILE = "${local.ca_folder}/kafka.pem" },
    var.schema_registry.username == null ? {} : {
      SCHEMA_REGISTRY_USERNAME      = var.schema_registry.username
      SCHEMA_REGISTRY_PASSWORD_FILE = "${local.secret_folder}/registry-password"
    },
  )

  service_environment = merge(local.common_environment, {
    PIPELINES = join(",", var.pipelines)
    HOST      = "0.0.0.0"
    PORT      = "9100"
    # What is missing was to be made by the migration: a service that finds it missing says so and stops.
    MIGRATE = "verify"
  }, var.settings)

  database_environment = { for part, login in local.database_login : part => {
    DATABASE_URL           = "postgres://${login}@${local.database_url}"
    DATABASE_PASSWORD_FILE = "${local.secret_folder}/database-password"
  } }

  environment = merge(
    { for layer in local.layers : layer => merge(
      local.service_environment,
      { KAFKA_SASL_USERNAME = var.kafka.users[layer] },
      lookup(local.database_environment, layer, {}),
    ) },
    {
      # It migrates nothing and runs no flow, so it has neither of these settings.
      dashboard = merge(
        { for name, value in local.service_environment : name => value if !contains(["PIPELINES", "MIGRATE"], name) },
        local.database_environment["dashboard"],
        {
          KAFKA_SASL_USERNAME             = var.kafka.users["dashboard"]
          OPERATOR_DATABASE_URL           = "postgres://redriver@${local.database_url}"
          OPERATOR_DATABASE_PASSWORD_FILE = "${local.secret_folder}/operator-database-password"
          DASHBOARD_HOST                  = "0.0.0.0"
          DASHBOARD_PORT                  = "8080"
          DASHBOARD_HOSTS                 = join(",", var.dashboard_hosts)
          AUTH                            = "token"
          VIEWER_TOKEN_FILE               = "${local.secret_folder}/viewer-token"
          OPERATOR_TOKEN_FILE             = "${local.secret_folder}/operator-token"
          SESSION_SECRET_FILE             = "${local.secret_folder}/session-secret"
          OPS_URLS                        = join(",", [for layer in local.layers : "http://${layer}:9100"])
        },
      )
      migrator = merge(local.common_environment, local.database_environment["migrator"], {
        KAFKA_SASL_USERNAME = var.kafka.users["migrator"]
      })
    },
  )
}
