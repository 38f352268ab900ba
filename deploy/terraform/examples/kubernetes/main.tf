# The services in any cluster, beside a Kafka, a registry and a Postgres that exist already: the kubernetes provider alone.
terraform {
  required_version = ">= 1.11"
  required_providers {
    kubernetes = { source = "hashicorp/kubernetes", version = ">= 2.38, < 4.0" }
  }
}

variable "kubeconfig" {
  description = "The file that the cluster is reached by."
  type        = string
  default     = "~/.kube/config"
}

variable "image" {
  description = "The image by digest."
  type        = string
}

# From a vault, or TF_VAR_passwords for one run. Ephemeral: in no plan and no state.
variable "passwords" {
  description = "What the services log in with."
  type = object({
    kafka     = map(string)
    database  = object({ gold_writer = string, migrator = string, dash_ro = string, redriver = string })
    registry  = optional(string)
    dashboard = object({ viewer_token = string, operator_token = string, session_secret = string })
  })
  ephemeral = true
}

variable "database_ca_pem" {
  description = "The authority of the database's certificate."
  type        = string
}

provider "kubernetes" {
  config_path = var.kubeconfig
}

module "medallion" {
  source = "../../modules/kubernetes"

  image     = var.image
  pipelines = ["santa-deliveries", "orders-streaming"]
  kafka = {
    brokers = ["kafka-0.example.internal:9096", "kafka-1.example.internal:9096", "kafka-2.example.internal:9096"]
  }
  schema_registry = { url = "https://registry.example.internal/apis/ccompat/v7" }
  database        = { host = "postgres.example.internal", ca_pem = var.database_ca_pem }
  passwords       = var.passwords
  egress_cidrs    = ["10.20.0.0/16"]
  dashboard_hosts = ["medallion.example.com"]
}

output "dashboard_service" {
  description = "What an ingress has to point at, port 80."
  value       = module.medallion.dashboard_service
}
