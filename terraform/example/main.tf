# `acme` has one coordinator and three members. GITHUB_TOKEN: of somebody who may change their rulesets.

terraform {
  required_providers {
    github = {
      source  = "integrations/github"
      version = ">= 6.13, < 7.0"
    }
  }
}

provider "github" {
  owner = "acme"
}

module "lockstep" {
  source = "../"

  app_id      = 123456
  coordinator = "acme/coordinator"
  members     = ["acme/contracts", "acme/api", "acme/web"]

  # Only the release team merges changes to scripts and lockstep.yaml.
  maintainers = [{ actor_type = "Team", actor_id = 4711 }]
  webhook_url = "https://lockstep.acme.example/webhooks/github"
  app_name    = "acme-lockstep"
}

output "app_manifest" {
  value = module.lockstep.app_manifest
}
