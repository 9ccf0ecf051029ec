/**
 * The part of the rules that needs the pushed objects: git runs this script as pre-receive hook, where they lie in
 * quarantine. The server says by environment what to look for, and reads the refusals back from the hook's messages.
 */
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Begins a line of the hook that means: this ref is refused, for this reason. */
export const REFUSAL = 'lockstep-refusal';

const SCRIPT = `#!/bin/sh
# Reads "old new ref" lines. GITHUB_FAST_FORWARD and GITHUB_LINEAR hold the refs that those rules bind, between spaces.
zero=0000000000000000000000000000000000000000
refused=0
refuse() { echo "${REFUSAL} $1 $2" >&2; refused=1; }
while read -r old new ref; do
  [ "$new" = "$zero" ] && continue
  case "$GITHUB_FAST_FORWARD" in *" $ref "*)
    [ "$old" = "$zero" ] || git merge-base --is-ancestor "$old" "$new" || refuse "$ref" "Cannot force-push to this branch" ;;
  esac
  case "$GITHUB_LINEAR" in *" $ref "*)
    [ -z "$(git rev-list --merges --max-count=1 "$new" --not --all)" ] || refuse "$ref" "This branch must not contain merge commits." ;;
  esac
  if [ -n "$GITHUB_NO_WORKFLOWS" ]; then
    file=$(git log --format= --name-only --no-renames --diff-merges=first-parent "$new" --not --all -- .github/workflows | sort -u | sed -n '/./{p;q;}')
    [ -z "$file" ] || refuse "$ref" "refusing to allow a GitHub App to create or update workflow \\\`$file\\\` without \\\`workflows\\\` permission"
  fi
done
exit $refused
`;

/** Writes the hook; returns the folder for \`core.hooksPath\`. */
export function installHook(dir: string): string {
  const hooks = join(dir, 'hooks');
  mkdirSync(hooks, { recursive: true });
  const file = join(hooks, 'pre-receive');
  writeFileSync(`${file}.new`, SCRIPT);
  chmodSync(`${file}.new`, 0o755);
  renameSync(`${file}.new`, file);
  return hooks;
}
