# A whole: brokers, database, bucket, roles and the release, in a network and an EKS cluster that exist already.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws        = { source = "hashicorp/aws", version = ">= 6.0, < 7.0" }
    helm       = { source = "hashicorp/helm", version = ">= 3.0, < 4.0" }
    kubernetes = { source = "hashicorp/kubernetes", version = ">= 2.38, < 4.0" }
  }
}

variable "region" {
  description = "The region of the network and the cluster."
  type        = string
}

variable "kubeconfig" {
  description = "The file that the cluster is reached by."
  type        = string
  default     = "~/.kube/config"
}

variable "network" {
  description = "The network, and the security group of the cluster's pods or nodes."
  type = object({
    vpc_id             = string
    private_subnet_ids = list(string)
    security_group_id  = string
  })
}

variable "cluster" {
  description = "The EKS cluster and its OIDC provider."
  type        = object({ oidc_provider_arn = string })
}

variable "schema_registry_url" {
  description = "A Confluent-compatible registry that the pods reach."
  type        = string
}

variable "database_ca_file" {
  description = "A file with the authorities of RDS (AWS publishes the global bundle)."
  type        = string
}

variable "image" {
  description = "The image that was built and checked."
  type        = object({ repository = string, digest = string })
}

provider "aws" {
  region = var.region
}

provider "kubernetes" {
  config_path = var.kubeconfig
}

provider "helm" {
  kubernetes = { config_path = var.kubeconfig }
}

# The first passwords. Ephemeral: made at each run, written only when passwords_revision says so, kept in no state.
ephemeral "aws_secretsmanager_random_password" "kafka" {
  for_each            = toset(["bronze-ingest", "silver-enrich", "gold-aggregate", "generator", "dashboard", "migrator"])
  password_length     = 32
  exclude_punctuation = true
}

ephemeral "aws_secretsmanager_random_password" "database" {
  for_each            = toset(["gold_writer", "migrator", "dash_ro", "redriver"])
  password_length     = 32
  exclude_punctuation = true
}

module "medallion" {
  source = "../../modules/aws"

  vpc_id             = var.network.vpc_id
  private_subnet_ids = var.network.private_subnet_ids
  eks = {
    oidc_provider_arn          = var.cluster.oidc_provider_arn
    workload_security_group_id = var.network.security_group_id
  }
  schema_registry_url = var.schema_registry_url
  database_ca_pem     = file(var.database_ca_file)
  passwords = {
    kafka    = { for user, made in ephemeral.aws_secretsmanager_random_password.kafka : user => made.random_password }
    database = { for login, made in ephemeral.aws_secretsmanager_random_password.database : login => made.random_password }
  }
  release = {
    chart            = "${path.module}/../../../helm/medallion"
    image_repository = var.image.repository
    image_digest     = var.image.digest
  }
}

output "landing_url" {
  description = "Where files for pipelines go."
  value       = module.medallion.landing_url
}

output "kafka_admin_brokers" {
  description = "For deploy/kafka: the first ACLs."
  value       = module.medallion.kafka_admin_brokers
}
