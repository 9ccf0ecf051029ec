variable "app_id" {
  description = "The App's id, a number: on its settings page, or `GITHUB_APP_ID`."
  type        = number

  validation {
    condition     = var.app_id > 0 && floor(var.app_id) == var.app_id
    error_message = "Expected the App's id, a whole number above 0: look on the App's settings page."
  }
}

variable "coordinator" {
  description = "The coordinator repository, as `owner/name`."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.coordinator))
    error_message = "Expected owner/name."
  }
}

variable "members" {
  description = "The repositories of `lockstep.yaml`, each as `owner/name`."
  type        = set(string)

  validation {
    condition     = alltrue([for name in var.members : can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", name))])
    error_message = "Expected owner/name for each of them."
  }

  validation {
    condition     = length(var.members) > 0
    error_message = "Expected at least one member: the repositories of lockstep.yaml."
  }

  validation {
    condition     = !contains([for name in var.members : lower(name)], lower(var.coordinator))
    error_message = "The coordinator cannot be a member: take it out of one of the two."
  }
}

variable "maintainers" {
  description = <<-EOT
    Who merges ordinary pull requests of the coordinator (scripts, `lockstep.yaml`), past the App and its check, and only by a
    pull request. Roles have fixed ids: 2 maintain, 4 write, 5 admin.
  EOT
  type = list(object({
    actor_type = string
    actor_id   = number
  }))
  # So that whoever hands on null gets the default.
  nullable = false
  default = [
    { actor_type = "RepositoryRole", actor_id = 5 },
    { actor_type = "RepositoryRole", actor_id = 4 },
  ]

  validation {
    condition = alltrue([
      for actor in var.maintainers : contains(["RepositoryRole", "Team", "OrganizationAdmin", "Integration"], actor.actor_type)
    ])
    error_message = "Expected RepositoryRole, Team, OrganizationAdmin or Integration as actor_type."
  }
}

variable "webhook_url" {
  description = "Where GitHub sends events: `LOCKSTEP_PUBLIC_URL` with `/webhooks/github` behind it. Only the App's manifest has it."
  type        = string
  nullable    = false
  default     = "https://lockstep.example.com/webhooks/github"

  validation {
    condition     = can(regex("^https?://[^/]+(/.*)?/webhooks/github$", var.webhook_url))
    error_message = "Expected an address that ends with /webhooks/github, where Lockstep listens."
  }
}

variable "app_name" {
  description = "Name of the App to create; unique on GitHub. Only the App's manifest has it."
  type        = string
  nullable    = false
  default     = "Lockstep"
}
