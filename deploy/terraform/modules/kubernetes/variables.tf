variable "namespace" {
  description = "The namespace that is made for the services."
  type        = string
  default     = "medallion"

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "A namespace has 1 to 63 characters of a-z, 0-9 and dashes, and begins and ends with a letter or digit."
  }
}

variable "image" {
  description = "The image of all services, by digest: registry/name@sha256:…. A tag can be moved, a digest cannot."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest (…@sha256: and 64 hexadecimal digits), so that what runs is what was checked."
  }
}

variable "pipelines" {
  description = "The pipelines to run."
  type        = list(string)
  default     = ["santa-deliveries"]

  validation {
    condition     = length(var.pipelines) > 0 && alltrue([for name in var.pipelines : can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", name))])
    error_message = "Name at least one pipeline, in lower case with dashes."
  }
}

variable "kafka" {
  description = "How Kafka is reached. users maps each part to its login; ca_pem is the authority of the brokers' certificates where it is no public one."
  type = object({
    brokers   = list(string)
    mechanism = optional(string, "scram-sha-512")
    ca_pem    = optional(string)
    users = optional(map(string), {
      bronze-ingest  = "bronze-ingest"
      silver-enrich  = "silver-enrich"
      gold-aggregate = "gold-aggregate"
      dashboard      = "dashboard"
      migrator       = "migrator"
    })
  })

  validation {
    condition     = length(var.kafka.brokers) > 0 && alltrue([for broker in var.kafka.brokers : can(regex("^[A-Za-z0-9.-]+:[0-9]+$", broker))])
    error_message = "Give each broker as host:port."
  }
  validation {
    condition     = contains(["scram-sha-256", "scram-sha-512"], var.kafka.mechanism)
    error_message = "The mechanism is scram-sha-256 or scram-sha-512: no login is not for a shared cluster."
  }
  validation {
    condition     = alltrue([for part in ["bronze-ingest", "silver-enrich", "gold-aggregate", "dashboard", "migrator"] : contains(keys(var.kafka.users), part)])
    error_message = "users needs a login for bronze-ingest, silver-enrich, gold-aggregate, dashboard and migrator."
  }
}

variable "schema_registry" {
  description = "How the Confluent-compatible registry is reached. username is null where it asks for none."
  type = object({
    url      = string
    username = optional(string)
  })

  validation {
    condition     = can(regex("^https?://", var.schema_registry.url))
    error_message = "The address of the registry begins with https:// or http://."
  }
}

variable "database" {
  description = "How Postgres is reached: always with TLS and a checked name (verify-full). ca_pem is the authority of its certificate."
  type = object({
    host   = string
    port   = optional(number, 5432)
    name   = optional(string, "medallion")
    ca_pem = string
  })

  validation {
    condition     = can(regex("BEGIN CERTIFICATE", var.database.ca_pem))
    error_message = "ca_pem holds the certificate of the authority, in PEM: without it nobody knows who answers."
  }
}

variable "passwords" {
  description = <<-EOT
    What the parts log in with; none of it reaches the state. Keys: kafka (by part), database (gold_writer, migrator,
    dash_ro, redriver), registry (null where it asks for none), dashboard (viewer_token, operator_token, session_secret).
  EOT
  type = object({
    kafka    = map(string)
    database = object({ gold_writer = string, migrator = string, dash_ro = string, redriver = string })
    registry = optional(string)
    dashboard = object({
      viewer_token   = string
      operator_token = string
      session_secret = string
    })
  })
  ephemeral = true
}

variable "passwords_revision" {
  description = "Count it up to write the passwords again; the pods read the new ones at their next connection, without a restart."
  type        = number
  default     = 1

  validation {
    condition     = var.passwords_revision >= 1 && floor(var.passwords_revision) == var.passwords_revision
    error_message = "The revision is a whole number from 1."
  }
}

variable "replicas" {
  description = "How many of each service; more than a topic has partitions do nothing."
  type        = map(number)
  default     = { bronze-ingest = 2, silver-enrich = 2, gold-aggregate = 2, dashboard = 2 }

  validation {
    condition     = alltrue([for name in keys(var.replicas) : contains(["bronze-ingest", "silver-enrich", "gold-aggregate", "dashboard"], name)])
    error_message = "replicas knows bronze-ingest, silver-enrich, gold-aggregate and dashboard."
  }
  validation {
    condition     = alltrue([for count in values(var.replicas) : count >= 0 && count <= 100 && floor(count) == count])
    error_message = "A number of replicas is a whole number from 0 to 100."
  }
}

variable "resources" {
  description = "Requests and limits of a pod. No CPU limit: a throttled consumer loses its partitions."
  type = object({
    cpu_request    = optional(string, "250m")
    memory_request = optional(string, "256Mi")
    memory_limit   = optional(string, "768Mi")
  })
  default = {}
}

variable "dashboard_hosts" {
  description = "The names by which browsers reach the dashboard; requests to other names are refused."
  type        = list(string)
  default     = []
}

variable "egress_cidrs" {
  description = "Where Kafka, the registry and Postgres are. Pods reach these, the cluster's DNS, and nothing else."
  type        = list(string)

  validation {
    condition     = length(var.egress_cidrs) > 0 && alltrue([for cidr in var.egress_cidrs : can(cidrhost(cidr, 0))]) && !contains(var.egress_cidrs, "0.0.0.0/0")
    error_message = "Name the networks of the brokers, the registry and the database; 0.0.0.0/0 would let stolen data go anywhere."
  }
}

variable "egress_ports" {
  description = "The ports of the brokers, the registry and the database there."
  type        = list(number)
  default     = [9096, 443, 8081, 5432]
}

variable "ingress_namespace" {
  description = "The namespace of the ingress controller, which alone may reach the dashboard's page."
  type        = string
  default     = "ingress-nginx"
}

variable "monitoring_namespace" {
  description = "The namespace of Prometheus, which alone may reach the port of the metrics."
  type        = string
  default     = "monitoring"
}

variable "settings" {
  description = "Further settings of all services (docs/configuration.md). No secrets: these are readable in the cluster."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : !can(regex("(PASSWORD|SECRET|TOKEN|HEADERS|ACCESS_KEY|ACCESS_KEY_ID|DATABASE_URL)$", name))])
    error_message = "No secrets among settings: those of logins go into passwords."
  }
}
