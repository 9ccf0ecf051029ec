/** A manifest's text → its changesets, or everything that is wrong with it. */
import type { Changeset, RepositoryName } from '../changeset.ts';
import { type Path, positionAt, readTree, type Tree, whereOf } from './document.ts';
import { guard } from './guards.ts';
import { didYouMean, emptyFile, MAX_PROBLEMS, type Problem, quoted } from './problem.ts';
import type { Configuration } from './readConfiguration.ts';
import { manifestSchema } from './schema.ts';
import { shape, valueAt } from './shape.ts';

export interface ManifestContext {
  /** The manifest's path, for the problems. */
  path: string;
  configuration: Configuration;
  /** Never a member. */
  coordinator?: RepositoryName;
}

export type Manifest = { changesets: Changeset[] } | { problems: Problem[] };

export function readManifest(input: Uint8Array | string, context: ManifestContext): Manifest {
  const guarded = guard(input, context.path);
  if ('problems' in guarded) return guarded;
  const tree = readTree(guarded.text, context.path, guarded.foreign);
  if (tree.root === null && tree.problems.length === 0) {
    return { problems: [emptyFile(context.path, 'manifest', 'changesets:')] };
  }
  const shaped = shape(tree, manifestSchema);
  const problems = [...tree.problems, ...('problems' in shaped ? shaped.problems : []), ...crossChecks(tree, context)];
  if (problems.length > 0 || 'problems' in shaped) return { problems: inOrder(problems) };
  return {
    changesets: shaped.value.changesets.map((entry, index) => ({
      name: entry.name,
      priority: entry.priority ?? 0,
      approval: entry.approval ?? context.configuration.defaults.approval,
      members: entry.repositories.map(({ name, branch }) => ({ repository: name, branch })),
      ...(entry.status ? { status: entry.status } : {}),
      line: positionAt(tree, ['changesets', index]).line,
    })),
  };
}

/** In the order of the file, the first of each place: it is the cause of the others. */
export function inOrder(problems: Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems
    .filter(({ line, column, where }) => {
      const place = `${line}:${column} ${where}`;
      return !seen.has(place) && seen.add(place);
    })
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .slice(0, MAX_PROBLEMS);
}

/** What one part of the file says about another, or about `lockstep.yaml`; on whatever of it can be read. */
function crossChecks(tree: Tree, context: ManifestContext): Problem[] {
  const entries = valueAt(tree.value, ['changesets']);
  if (!Array.isArray(entries)) return [];
  const names = entries.map((_, index): Path => ['changesets', index, 'name']);
  const problems = repeated(tree, names, 'changeset');
  for (const index of entries.keys()) {
    const members = valueAt(tree.value, ['changesets', index, 'repositories']);
    if (!Array.isArray(members)) continue;
    const repositories = members.map((_, at): Path => ['changesets', index, 'repositories', at, 'name']);
    problems.push(
      ...repeated(tree, repositories, 'repository'),
      ...repositories.flatMap((path) => notAllowed(tree, path, context)),
    );
  }
  return problems;
}

/** Also in another case: GitHub takes `Acme/API` for `acme/api`, and some file systems `A` for `a`. */
function repeated(tree: Tree, paths: Path[], what: string): Problem[] {
  const first = new Map<string, Path>();
  return paths.flatMap((path) => {
    const name = valueAt(tree.value, path);
    if (typeof name !== 'string') return [];
    const before = first.get(name.toLowerCase());
    if (!before) {
      first.set(name.toLowerCase(), path);
      return [];
    }
    const line = positionAt(tree, before).line;
    return [problemAt(tree, path, `${what} ${quoted(name)} is there twice (first on line ${line})`)];
  });
}

function notAllowed(tree: Tree, path: Path, { configuration, coordinator }: ManifestContext): Problem[] {
  const name = valueAt(tree.value, path);
  if (typeof name !== 'string' || !name.includes('/')) return [];
  if (name.toLowerCase() === coordinator?.toLowerCase()) {
    return [problemAt(tree, path, `${quoted(name)} is the coordinator repository, which cannot be a member`)];
  }
  if (configuration.repositories.includes(name)) return [];
  const hint = didYouMean(name, configuration.repositories);
  const message = `${quoted(name)} is not one of the repositories of lockstep.yaml that Lockstep is installed on${hint}`;
  return [problemAt(tree, path, message)];
}

function problemAt(tree: Tree, path: Path, message: string): Problem {
  return { path: tree.path, ...positionAt(tree, path), where: whereOf(path), message };
}
