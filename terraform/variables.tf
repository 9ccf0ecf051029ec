# What they are, and what is refused: rules/variables.tf.

variable "app_id" {
  description = "The App's id, a number."
  type        = number
}

variable "coordinator" {
  description = "The coordinator repository, as `owner/name`."
  type        = string
}

variable "members" {
  description = "The repositories of `lockstep.yaml`, each as `owner/name`."
  type        = set(string)
}

variable "owner" {
  description = "The account whose repositories are protected here. Default: the coordinator's."
  type        = string
  default     = null
}

variable "maintainers" {
  description = "Who merges ordinary pull requests of the coordinator. Default: the roles admin and write."
  type = list(object({
    actor_type = string
    actor_id   = number
  }))
  default = null
}

variable "webhook_url" {
  description = "For the App's manifest: `LOCKSTEP_PUBLIC_URL` with `/webhooks/github` behind it."
  type        = string
  default     = null
}

variable "app_name" {
  description = "For the App's manifest: its name, unique on GitHub."
  type        = string
  default     = null
}
