# Conditions of variables look at other variables since then.
terraform {
  required_version = ">= 1.9"
}
