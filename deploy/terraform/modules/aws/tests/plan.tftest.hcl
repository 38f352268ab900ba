# With stand-ins for the providers: nothing is made, and no account is needed.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { region = "eu-central-1" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  # The provider refuses what has not the form of a name of AWS. All of a kind have the same one here.
  mock_resource "aws_msk_cluster" {
    defaults = {
      arn                          = "arn:aws:kafka:eu-central-1:111122223333:cluster/medallion/0"
      bootstrap_brokers_sasl_scram = "b-1.example:9096,b-2.example:9096,b-3.example:9096"
    }
  }
  mock_resource "aws_msk_configuration" {
    defaults = { arn = "arn:aws:kafka:eu-central-1:111122223333:configuration/medallion/0" }
  }
  mock_resource "aws_db_instance" {
    defaults = { address = "db.example" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/one" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:one" }
  }
}
mock_provider "helm" {}
mock_provider "kubernetes" {}

variables {
  vpc_id             = "vpc-0123456789abcdef0"
  private_subnet_ids = ["subnet-a", "subnet-b", "subnet-c"]
  eks = {
    oidc_provider_arn          = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC"
    workload_security_group_id = "sg-0123456789abcdef0"
  }
  schema_registry_url = "https://registry.example.internal/apis/ccompat/v7"
  database_ca_pem     = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
  passwords = {
    kafka    = { for user in ["bronze-ingest", "silver-enrich", "gold-aggregate", "generator", "dashboard", "migrator"] : user => "secret-of-${user}" }
    database = { for login in ["gold_writer", "migrator", "dash_ro", "redriver"] : login => "secret-of-${login}" }
  }
  release = {
    chart            = "../../../helm/medallion"
    image_repository = "registry.example/medallion"
    image_digest     = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
  }
}

run "doors_of_the_brokers" {
  command = apply

  assert {
    condition     = aws_msk_cluster.this.client_authentication[0].unauthenticated == false && aws_msk_cluster.this.client_authentication[0].sasl[0].scram
    error_message = "Nobody reaches a broker without a login."
  }
  assert {
    condition     = aws_msk_cluster.this.encryption_info[0].encryption_in_transit[0].client_broker == "TLS"
    error_message = "Clients speak TLS only."
  }
  assert {
    condition     = aws_msk_cluster.this.broker_node_group_info[0].connectivity_info[0].public_access[0].type == "DISABLED"
    error_message = "Brokers have no public address."
  }
  assert {
    condition     = strcontains(aws_msk_configuration.this.server_properties, "allow.everyone.if.no.acl.found=false") && strcontains(aws_msk_configuration.this.server_properties, "min.insync.replicas=2")
    error_message = "What has no ACL is refused, and an acknowledged record is on two disks."
  }
  assert {
    condition     = keys(aws_secretsmanager_secret_policy.kafka) == ["bronze-ingest", "dashboard", "generator", "gold-aggregate", "migrator", "silver-enrich"]
    error_message = "Six logins, one for each part, which the brokers may read."
  }
  assert {
    condition     = alltrue([for key, secret in aws_secretsmanager_secret.this : startswith(secret.name, startswith(key, "kafka/") ? "AmazonMSK_medallion_" : "medallion/postgres/")]) && length(aws_secretsmanager_secret.this) == 10
    error_message = "MSK takes only secrets of its own name; the database's have none of these."
  }
}

run "doors_of_the_database" {
  command = apply

  assert {
    condition     = aws_db_instance.this.multi_az && aws_db_instance.this.storage_encrypted && aws_db_instance.this.deletion_protection && !aws_db_instance.this.publicly_accessible
    error_message = "Two zones, encrypted, protected, private."
  }
  assert {
    condition     = aws_db_parameter_group.this.family == "postgres18" && contains([for one in aws_db_parameter_group.this.parameter : "${one.name}=${one.value}"], "rds.force_ssl=1")
    error_message = "Connections without TLS are refused."
  }
  assert {
    condition     = contains([for one in aws_db_parameter_group.this.parameter : "${one.name}=${one.value}"], "rds.accepted_password_auth_method=scram")
    error_message = "No password is proven by its MD5."
  }
  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null
    error_message = "Nobody here knows the administrator's password."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["postgres"].from_port == 5432 && aws_vpc_security_group_ingress_rule.this["postgres"].to_port == 5432 && aws_vpc_security_group_ingress_rule.this["postgres"].cidr_ipv4 == null
    error_message = "One port, from one security group."
  }
}

run "files_stay_private" {
  command = apply

  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.this : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets]) && length(aws_s3_bucket_public_access_block.this) == 2
    error_message = "No bucket is public."
  }
  assert {
    condition     = alltrue([for versions in aws_s3_bucket_versioning.this : versions.versioning_configuration[0].status == "Enabled"])
    error_message = "An overwritten file can be had back."
  }
}

run "least_privilege" {
  command = apply

  assert {
    condition     = keys(aws_iam_role.this) == ["bronze-ingest", "secret-store"]
    error_message = "Two identities in AWS, and no third."
  }
  assert {
    condition     = alltrue(flatten([for one in data.aws_iam_policy_document.rights["bronze-ingest"].statement : [for action in one.actions : contains(["s3:ListBucket", "s3:GetObject", "kms:Decrypt"], action)]]))
    error_message = "Files are only read."
  }
  assert {
    condition     = toset(flatten([for one in data.aws_iam_policy_document.rights["secret-store"].statement : one.actions])) == toset(["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "kms:Decrypt"])
    error_message = "Passwords are only read."
  }
  assert {
    condition     = alltrue([for name, via in { bronze-ingest = "s3", secret-store = "secretsmanager" } : contains(flatten([for one in data.aws_iam_policy_document.rights[name].statement : [for condition in one.condition : condition.values]]), "${via}.eu-central-1.amazonaws.com")])
    error_message = "A key opens what one service of AWS brings, and nothing else."
  }
  assert {
    condition     = contains(flatten([for one in data.aws_iam_policy_document.trust["bronze-ingest"].statement[0].condition : one.values]), "system:serviceaccount:medallion:medallion-bronze-ingest")
    error_message = "The role is for one service account."
  }
}

run "what_the_chart_is_told" {
  command = apply

  assert {
    condition     = length(yamldecode(helm_release.this[0].values[0]).kafka.brokers) == 3 && yamldecode(helm_release.this[0].values[0]).kafka.saslMechanism == "scram-sha-512" && yamldecode(helm_release.this[0].values[0]).database.sslMode == "verify-full"
    error_message = "SCRAM over TLS, and a checked name."
  }
  assert {
    condition     = !strcontains(helm_release.this[0].values[0], "secret-of-")
    error_message = "No password is in the values of the release."
  }
  assert {
    condition     = !contains(keys(yamldecode(helm_release.this[0].values[0]).bronzeIngest.secrets), "DATABASE_PASSWORD")
    error_message = "Only gold-aggregate, migration and dashboard know the database."
  }
  assert {
    condition     = yamldecode(helm_release.this[0].values[0]).goldAggregate.secrets.DATABASE_PASSWORD.remote.key == "medallion/postgres/gold_writer" && yamldecode(helm_release.this[0].values[0]).bronzeIngest.secrets.KAFKA_SASL_PASSWORD.remote.key == "AmazonMSK_medallion_bronze-ingest"
    error_message = "A pod's password is that of its own login."
  }
}

run "without_functions_nothing_rotates" {
  command = plan

  assert {
    condition     = length(aws_secretsmanager_secret_rotation.this) == 0
    error_message = "Rotation needs a function."
  }
}

run "with_functions_every_login_rotates" {
  command = plan
  variables {
    rotation = {
      kafka_function_arn    = "arn:aws:lambda:eu-central-1:111122223333:function:kafka"
      postgres_function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:postgres"
    }
  }
  assert {
    condition     = keys(aws_secretsmanager_secret_rotation.this) == keys(aws_secretsmanager_secret.this)
    error_message = "Each login has its rotation."
  }
}

run "the_cluster_can_be_left_alone" {
  command = plan
  variables {
    release = {
      enabled          = false
      chart            = "none"
      image_repository = "none"
      image_digest     = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
    }
  }
  assert {
    condition     = length(helm_release.this) == 0 && length(kubernetes_namespace_v1.this) == 0
    error_message = "enabled = false makes nothing in the cluster."
  }
}

run "tags_are_no_digests" {
  command = plan
  variables {
    release = { chart = "x", image_repository = "x", image_digest = "latest" }
  }
  expect_failures = [var.release]
}

run "one_zone_is_refused" {
  command = plan
  variables {
    private_subnet_ids = ["subnet-a"]
  }
  expect_failures = [var.private_subnet_ids]
}

run "old_postgres_is_refused" {
  command = plan
  variables {
    postgres = { version = "15" }
  }
  expect_failures = [var.postgres]
}

run "short_backups_are_refused" {
  command = plan
  variables {
    postgres = { backup_days = 1 }
  }
  expect_failures = [var.postgres]
}
