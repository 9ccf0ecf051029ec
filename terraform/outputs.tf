output "rulesets" {
  description = "The rulesets that were made: `owner/name/key` to GitHub's id."
  value       = { for key, one in github_repository_ruleset.lockstep : key => one.ruleset_id }
}

output "other_owners" {
  description = "Repositories that were left out, because they belong to another account: use the module once for each."
  value       = sort(distinct([for one in module.rules.rulesets : one.repository if split("/", one.repository)[0] != local.owner]))
}

output "app_permissions" {
  description = "The App's least permissions."
  value       = module.rules.app_permissions
}

output "app_events" {
  description = "What the App must hear."
  value       = module.rules.app_events
}

output "app_manifest" {
  description = "For creating the App by GitHub's manifest flow."
  value       = module.rules.app_manifest
}
