# With a stand-in for the provider: nothing is made, and no cluster is needed.
mock_provider "kubernetes" {}

variables {
  image           = "registry.example/medallion@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  kafka           = { brokers = ["kafka.example:9096"] }
  schema_registry = { url = "https://registry.example/apis/ccompat/v7", username = "medallion" }
  database        = { host = "postgres.example", ca_pem = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" }
  passwords = {
    kafka    = { for part in ["bronze-ingest", "silver-enrich", "gold-aggregate", "dashboard", "migrator"] : part => "secret-of-${part}" }
    database = { gold_writer = "g", migrator = "m", dash_ro = "d", redriver = "r" }
    registry = "registry"
    dashboard = {
      viewer_token   = "viewer-viewer-viewer-1"
      operator_token = "operator-operator-op-1"
      session_secret = "session-session-session-session-1"
    }
  }
  egress_cidrs = ["10.20.0.0/16"]
}

run "pods_may_little" {
  command = apply

  assert {
    condition = alltrue(flatten([for pod in [for service in kubernetes_deployment_v1.service : service.spec[0].template[0].spec[0]] : [
      pod.security_context[0].run_as_non_root,
      pod.container[0].security_context[0].read_only_root_filesystem,
      !pod.container[0].security_context[0].allow_privilege_escalation,
      contains(pod.container[0].security_context[0].capabilities[0].drop, "ALL"),
      !pod.automount_service_account_token,
    ]]))
    error_message = "No root, no writing, no further rights, no token of the cluster."
  }
  assert {
    condition     = kubernetes_namespace_v1.this.metadata[0].labels["pod-security.kubernetes.io/enforce"] == "restricted"
    error_message = "The namespace takes only such pods."
  }
}

run "passwords_are_files" {
  command = apply

  assert {
    condition     = alltrue(flatten([for service in kubernetes_deployment_v1.service : [for one in service.spec[0].template[0].spec[0].container[0].env : !can(regex("(PASSWORD|SECRET|TOKEN)$", one.name))]]))
    error_message = "No password is in an environment variable."
  }
  assert {
    condition     = alltrue([for name in ["bronze-ingest", "silver-enrich"] : length([for one in kubernetes_deployment_v1.service[name].spec[0].template[0].spec[0].container[0].env : one if startswith(one.name, "DATABASE_")]) == 0])
    error_message = "Only gold-aggregate and the dashboard know where the database is."
  }
  assert {
    condition     = [for one in kubernetes_deployment_v1.service["gold-aggregate"].spec[0].template[0].spec[0].container[0].env : one.value if one.name == "DATABASE_URL"] == ["postgres://gold_writer@postgres.example:5432/medallion?sslmode=verify-full&sslrootcert=/etc/medallion/ca/database.pem"]
    error_message = "The database is reached as gold_writer, and its certificate and name are checked."
  }
  assert {
    condition     = alltrue([for secret in kubernetes_secret_v1.part : secret.data_wo == null && secret.data_wo_revision == 1])
    error_message = "No password reaches the state."
  }
}

run "services_make_nothing" {
  command = apply

  assert {
    condition     = alltrue([for name in ["bronze-ingest", "silver-enrich", "gold-aggregate"] : contains([for one in kubernetes_deployment_v1.service[name].spec[0].template[0].spec[0].container[0].env : "${one.name}=${one.value}"], "MIGRATE=verify")])
    error_message = "What is missing was to be made by the migration."
  }
  assert {
    condition     = kubernetes_job_v1.migrate.wait_for_completion && kubernetes_job_v1.migrate.spec[0].template[0].spec[0].container[0].args == tolist(["medallion", "migrate", "santa-deliveries"])
    error_message = "Services wait for the migration of their pipelines."
  }
}

run "the_network_is_closed" {
  command = apply

  assert {
    condition     = length(kubernetes_network_policy_v1.deny.spec[0].ingress) == 0 && length(kubernetes_network_policy_v1.deny.spec[0].egress) == 0 && length(kubernetes_network_policy_v1.deny.spec[0].policy_types) == 2
    error_message = "Nothing in and nothing out but for what is allowed."
  }
  assert {
    condition     = [for one in kubernetes_network_policy_v1.out.spec[0].egress[0].to : one.ip_block[0].cidr] == ["10.20.0.0/16"]
    error_message = "Only the named networks are reached."
  }
  assert {
    condition     = [for one in kubernetes_network_policy_v1.into["page-from-ingress"].spec[0].ingress[0].ports : one.port] == ["8080"]
    error_message = "The ingress reaches the page, not the metrics."
  }
}

run "metrics_are_for_prometheus_and_the_operators_page" {
  command = apply

  assert {
    condition     = alltrue([for name, one in kubernetes_network_policy_v1.into : one.spec[0].ingress[0].ports[0].port == "9100" if startswith(name, "metrics-")])
    error_message = "What comes in for metrics comes to their port alone."
  }
  assert {
    condition     = [for one in kubernetes_network_policy_v1.into["metrics-from-prometheus"].spec[0].ingress[0].from : one.namespace_selector[0].match_labels["kubernetes.io/metadata.name"]] == ["monitoring"]
    error_message = "Prometheus' namespace reaches the metrics."
  }
  assert {
    condition     = length(kubernetes_network_policy_v1.into["metrics-from-dashboard"].spec[0].ingress[0].from) == 1 && length(kubernetes_network_policy_v1.into["metrics-from-dashboard"].spec[0].ingress[0].from[0].pod_selector) == 1
    error_message = "Of the pods the dashboard's alone reach the metrics."
  }
}

run "one_of_a_service_at_a_time" {
  command = plan
  variables {
    replicas = { bronze-ingest = 1, silver-enrich = 3, gold-aggregate = 2, dashboard = 1 }
  }
  assert {
    condition     = toset(keys(kubernetes_pod_disruption_budget_v1.service)) == toset(["silver-enrich", "gold-aggregate"])
    error_message = "A budget for each service of several pods: one for a single pod would hold up every drain of a node."
  }
}

run "tags_are_no_digests" {
  command = plan
  variables {
    image = "registry.example/medallion:latest"
  }
  expect_failures = [var.image]
}

run "anywhere_is_refused" {
  command = plan
  variables {
    egress_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.egress_cidrs]
}

run "no_login_is_refused" {
  command = plan
  variables {
    kafka = { brokers = ["kafka.example:9096"], mechanism = "none" }
  }
  expect_failures = [var.kafka]
}

run "secrets_are_no_settings" {
  command = plan
  variables {
    settings = { DATABASE_PASSWORD = "x" }
  }
  expect_failures = [var.settings]
}

run "a_database_without_authority_is_refused" {
  command = plan
  variables {
    database = { host = "postgres.example", ca_pem = "" }
  }
  expect_failures = [var.database]
}
