output "rulesets" {
  description = "Every ruleset, by `owner/name/key`."
  value = merge([
    for repository, rulesets in local.by_repository : {
      for key, ruleset in rulesets : "${repository}/${key}" => merge(ruleset, { repository = repository })
    }
  ]...)
}

output "required_check" {
  description = "The check that a manifest's pull request must have, and the App that alone can set it."
  value       = { context = "lockstep", integration_id = var.app_id }
}

output "app_permissions" {
  description = "The App's least permissions."
  value       = local.app_permissions
}

output "app_events" {
  description = "What the App must hear."
  value       = local.app_events
}

output "app_manifest" {
  description = "For creating the App (README): https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest"
  value = jsonencode({
    name                = var.app_name
    url                 = "https://github.com/${var.coordinator}"
    public              = false
    hook_attributes     = { url = var.webhook_url, active = true }
    default_permissions = local.app_permissions
    default_events      = local.app_events
  })
}
