variable "name" {
  description = "The name of everything that is made, and its prefix where several are."
  type        = string
  default     = "medallion"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "The name has 3 to 32 characters of a-z, 0-9 and dashes, begins with a letter and does not end with a dash."
  }
}

variable "vpc_id" {
  description = "The network that the cluster's nodes are in."
  type        = string

  validation {
    condition     = can(regex("^vpc-[0-9a-f]+$", var.vpc_id))
    error_message = "The network is named vpc-…"
  }
}

variable "private_subnet_ids" {
  description = "Private subnets, one for each zone: brokers and the database are spread over them."
  type        = list(string)

  validation {
    condition     = contains([2, 3], length(distinct(var.private_subnet_ids)))
    error_message = "Name two or three different subnets: MSK takes as many zones."
  }
}

variable "eks" {
  description = "The cluster that the services run in: its OIDC provider, and the security group of its pods or nodes."
  type = object({
    oidc_provider_arn          = string
    workload_security_group_id = string
  })

  validation {
    condition     = can(regex(":oidc-provider/", var.eks.oidc_provider_arn))
    error_message = "oidc_provider_arn is that of an IAM OIDC provider (arn:aws:iam::…:oidc-provider/…)."
  }
}

variable "namespace" {
  description = "The namespace that is made for the release."
  type        = string
  default     = "medallion"
}

variable "kafka" {
  description = "The size of the MSK cluster. The number of brokers is a multiple of the number of subnets."
  type = object({
    version          = optional(string, "4.1.x.kraft")
    instance_type    = optional(string, "kafka.m7g.large")
    brokers_per_zone = optional(number, 1)
    volume_gib       = optional(number, 200)
    max_volume_gib   = optional(number, 1000)
    log_retention    = optional(number, 30)
  })
  default = {}

  validation {
    condition     = can(regex("^kafka\\.", var.kafka.instance_type))
    error_message = "Instance types of MSK begin with kafka."
  }
  validation {
    condition     = !can(regex("^kafka\\.t3", var.kafka.instance_type)) || var.kafka.brokers_per_zone == 1
    error_message = "t3 brokers are for trying it out: one for each zone at most."
  }
  validation {
    condition     = var.kafka.volume_gib >= 10 && var.kafka.max_volume_gib >= var.kafka.volume_gib
    error_message = "A volume has at least 10 GiB, and max_volume_gib is no less than volume_gib."
  }
}

variable "postgres" {
  description = "The size of the database."
  type = object({
    version        = optional(string, "18")
    instance_class = optional(string, "db.m7g.large")
    volume_gib     = optional(number, 100)
    max_volume_gib = optional(number, 1000)
    backup_days    = optional(number, 14)
  })
  default = {}

  validation {
    condition     = can(regex("^1[78](\\.[0-9]+)?$", var.postgres.version))
    error_message = "Postgres 17 or 18: these are what the project is tested with."
  }
  validation {
    condition     = var.postgres.backup_days >= 7 && var.postgres.backup_days <= 35
    error_message = "Backups are kept for 7 to 35 days."
  }
}

variable "landing" {
  description = "The bucket for files that pipelines read: how long old versions and files stay."
  type = object({
    expire_days            = optional(number, 90)
    expire_noncurrent_days = optional(number, 30)
  })
  default = {}

  validation {
    condition     = var.landing.expire_days >= 8
    error_message = "Files stay for longer than the seven days that a topic keeps its records, else a rebuild finds neither."
  }
}

variable "schema_registry_url" {
  description = "A Confluent-compatible registry that the pods reach. AWS Glue's registry is none."
  type        = string

  validation {
    condition     = can(regex("^https?://", var.schema_registry_url))
    error_message = "The address of the registry begins with https:// or http://."
  }
}

variable "passwords" {
  description = <<-EOT
    The first passwords: kafka by user (bronze-ingest, silver-enrich, gold-aggregate, generator, dashboard, migrator),
    database by login (gold_writer, migrator, dash_ro, redriver). Ephemeral: they are in no plan and no state.
  EOT
  type = object({
    kafka    = map(string)
    database = map(string)
  })
  ephemeral = true
}

variable "passwords_revision" {
  description = "Count it up to write the passwords again. Rotation by a function writes them without Terraform."
  type        = number
  default     = 1
}

variable "rotation" {
  description = "Functions that change passwords (AWS's own templates, or yours), and how often. Null: nobody does by itself."
  type = object({
    kafka_function_arn    = optional(string)
    postgres_function_arn = optional(string)
    days                  = optional(number, 30)
  })
  default = {}

  validation {
    condition     = var.rotation.days >= 1 && var.rotation.days <= 90
    error_message = "Passwords are changed every 1 to 90 days."
  }
}

variable "release" {
  description = "The release: the chart (deploy/helm/medallion, or an archive of it), the image by repository and digest, the pipelines, and further values in YAML. enabled = false leaves the cluster alone."
  type = object({
    enabled          = optional(bool, true)
    chart            = string
    image_repository = string
    image_digest     = string
    pipelines        = optional(list(string), ["santa-deliveries"])
    values           = optional(list(string), [])
  })

  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.release.image_digest))
    error_message = "image_digest is sha256: and 64 hexadecimal digits, so that what runs is what was checked."
  }
  validation {
    condition     = length(var.release.pipelines) > 0
    error_message = "Name at least one pipeline."
  }
}

variable "database_ca_pem" {
  description = "The authorities of RDS for the region (its global bundle works): the services check the database's certificate and name by it."
  type        = string

  validation {
    condition     = can(regex("BEGIN CERTIFICATE", var.database_ca_pem))
    error_message = "database_ca_pem holds certificates in PEM."
  }
}

variable "permissions_boundary_arn" {
  description = "A boundary for the roles that are made, where the account asks for one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for everything that has some."
  type        = map(string)
  default     = {}
}
