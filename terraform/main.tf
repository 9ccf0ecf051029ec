# The rulesets that Lockstep's promises need. `rules/` says which; here they are made.

module "rules" {
  source = "./rules"

  app_id      = var.app_id
  coordinator = var.coordinator
  members     = var.members
  maintainers = var.maintainers
  webhook_url = var.webhook_url
  app_name    = var.app_name
}

locals {
  # A provider manages one owner; for the others use the module once more, with their name and provider.
  owner    = coalesce(var.owner, split("/", var.coordinator)[0])
  rulesets = { for key, one in module.rules.rulesets : key => one if split("/", one.repository)[0] == local.owner }
}

resource "github_repository_ruleset" "lockstep" {
  for_each = local.rulesets

  repository  = split("/", each.value.repository)[1]
  name        = each.value.name
  target      = "branch"
  enforcement = "active"

  conditions {
    ref_name {
      include = each.value.include
      exclude = []
    }
  }

  dynamic "bypass_actors" {
    for_each = each.value.bypass
    content {
      actor_type  = bypass_actors.value.actor_type
      actor_id    = bypass_actors.value.actor_id
      bypass_mode = bypass_actors.value.bypass_mode
    }
  }

  rules {
    creation         = contains(each.value.rules, "creation")
    update           = contains(each.value.rules, "update")
    deletion         = contains(each.value.rules, "deletion")
    non_fast_forward = contains(each.value.rules, "non_fast_forward")

    dynamic "required_status_checks" {
      for_each = contains(each.value.rules, "required_status_checks") ? [module.rules.required_check] : []
      content {
        # A manifest's pull request is merged at the bot's own last commit, whatever came to main meanwhile.
        strict_required_status_checks_policy = false

        required_check {
          context        = required_status_checks.value.context
          integration_id = required_status_checks.value.integration_id
        }
      }
    }
  }
}
