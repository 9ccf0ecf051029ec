#!/bin/bash
# Tests the shop as a whole: each repository's own tests, then a customer's way through all services.
set -euo pipefail

run() {
  echo "$ (in $(basename "$PWD")) $*"
  "$@"
}

scripts=$(cd "$(dirname "$0")" && pwd)
echo "Testing $LOCKSTEP_CHANGESET, which changes: $LOCKSTEP_REPOSITORIES"
for repository in contracts pricing catalog checkout web; do
  cd "$LOCKSTEP_WORKSPACE/$repository"
  run node --test --test-reporter=spec
done
cd "$LOCKSTEP_WORKSPACE"
run node --test --test-reporter=spec "$scripts/shop.test.mjs"
