# Which rulesets each repository gets, and what the App may do, as values: nothing here talks to GitHub, so it can be planned
# and tested without it. Bypass is per ruleset, so what nobody may bypass is one of its own.

locals {
  app_permissions = { metadata = "read", contents = "write", pull_requests = "write", checks = "write", issues = "read" }
  app_events      = ["check_run", "issue_comment", "pull_request"]

  app    = { actor_type = "Integration", actor_id = var.app_id, bypass_mode = "always" }
  people = [for actor in var.maintainers : merge(actor, { bypass_mode = "pull_request" })]

  main = ["~DEFAULT_BRANCH"]
  # Only `**/` goes across slashes; staging branches are lockstep/<pull request>/<changeset>.
  staging = ["refs/heads/lockstep/**/*"]

  everywhere = {
    history = { name = "no force-push, no deletion", include = local.main, rules = ["non_fast_forward", "deletion"], bypass = [] }
    staging = {
      name    = "only the App touches staging branches"
      include = local.staging
      rules   = ["creation", "update", "deletion"]
      bypass  = [local.app]
    }
  }

  of_member = merge(local.everywhere, {
    updates = { name = "only the App updates main", include = local.main, rules = ["update"], bypass = [local.app] }
  })

  of_coordinator = merge(local.everywhere, {
    updates = {
      name    = "only the App updates main"
      include = local.main
      rules   = ["update"]
      bypass  = concat([local.app], local.people)
    }
    # Ordinary pull requests never get the check, so people must be able to merge without it.
    checks = { name = "required checks", include = local.main, rules = ["required_status_checks"], bypass = local.people }
  })

  by_repository = merge(
    { for name in var.members : name => local.of_member },
    { (var.coordinator) = local.of_coordinator },
  )
}
