/** The one-way rule between the rooms, as a table and the function that reads it. */
import type { Import } from './imports.ts';

export const FOLDERS = [
  'src',
  'workflows',
  'activities',
  'server',
  'invariants',
  'model',
  'simulator',
  'faults',
  'fuzz',
  'attacks',
  'mutants',
  'scripts',
  'test',
];

type Room =
  | 'src'
  | 'workflows'
  | 'activities'
  | 'server'
  | 'local'
  | 'invariants'
  | 'model'
  | 'simulator'
  | 'faults'
  | 'fuzz'
  | 'attacks'
  | 'mutants'
  | 'scripts'
  | 'test';

interface Rule {
  /** Rooms whose files may be imported. */
  rooms: Room[];
  /** Rooms whose types may be imported besides. */
  types?: Room[];
  /** Packages that may be imported; absent: any, and Node's built-ins. */
  packages?: string[];
}

const RULES: Record<Room, Rule> = {
  src: { rooms: ['src'], packages: ['yaml', 'zod', 'fastest-levenshtein'] },
  workflows: {
    rooms: ['workflows', 'src'],
    types: ['activities'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  activities: { rooms: ['activities', 'src'] },
  server: { rooms: ['server', 'workflows', 'activities', 'src'] },
  local: { rooms: ['local', 'server', 'workflows', 'activities', 'src', 'scripts'] },
  // What judges a run must not lean on what is judged: of the core it knows the nouns only.
  invariants: { rooms: ['invariants', 'src'], packages: [] },
  model: { rooms: ['model', 'invariants', 'activities', 'src'] },
  simulator: { rooms: ['simulator', 'invariants', 'activities', 'src'], types: ['workflows'] },
  faults: { rooms: ['faults', 'simulator', 'invariants', 'local', 'server', 'workflows', 'activities', 'src'] },
  fuzz: { rooms: ['fuzz', 'faults', 'simulator', 'activities', 'src'] },
  attacks: { rooms: ['attacks', 'faults', 'local', 'server', 'activities', 'src'] },
  mutants: { rooms: ['mutants', 'attacks', 'model', 'simulator', 'scripts'] },
  scripts: {
    rooms: [
      ...(['scripts', 'attacks', 'fuzz', 'faults', 'model', 'simulator'] as const),
      ...(['local', 'server', 'workflows', 'activities', 'src'] as const),
    ],
  },
  test: {
    rooms: [
      ...(['test', 'attacks', 'mutants', 'scripts', 'fuzz', 'faults', 'model', 'simulator', 'invariants'] as const),
      ...(['local', 'server', 'workflows', 'activities', 'src'] as const),
    ],
  },
};

/** Large or impure, and so never part of what runs in Temporal's workflow sandbox, however far down the imports. */
const NOT_IN_BUNDLE = ['yaml', 'zod'];

/** A sentence for each import that goes the wrong way; empty when the rule is kept. */
export function roomFaults(imports: Import[]): string[] {
  return [...imports.flatMap(faultOf), ...bundleFaults(imports)];
}

function faultOf({ file, specifier, target, typeOnly }: Import): string[] {
  const room = roomOf(file);
  if (room === undefined) return [];
  const rule = RULES[room];
  if (target === undefined) {
    if (rule.packages === undefined || rule.packages.includes(packageOf(specifier))) return [];
    return [`${file}: imports ${specifier}; ${room} may import of packages only ${rule.packages.join(', ')}`];
  }
  const other = roomOf(target);
  if (other === undefined || rule.rooms.includes(other)) return [];
  if (rule.types?.includes(other)) {
    return typeOnly ? [] : [`${file}: imports ${specifier}; ${room} may import only types from ${other}`];
  }
  return [`${file}: imports ${specifier}; ${room} may not import ${other}`];
}

/** Follows the imports that remain at run time from every workflow file. */
function bundleFaults(imports: Import[]): string[] {
  const values = imports.filter((one) => !one.typeOnly);
  const roots = new Set(values.map((one) => one.file).filter((file) => roomOf(file) === 'workflows'));
  const trails = new Map([...roots].map((file) => [file, file]));
  const faults: string[] = [];
  for (const [file, trail] of trails) {
    for (const { specifier, target } of values.filter((one) => one.file === file)) {
      if (target !== undefined && !trails.has(target)) trails.set(target, `${trail} → ${target}`);
      const forbidden =
        target === undefined && (specifier.startsWith('node:') || NOT_IN_BUNDLE.includes(packageOf(specifier)));
      if (forbidden) faults.push(`${trail} → ${specifier}: must not be part of the workflow bundle`);
    }
  }
  return faults;
}

function roomOf(path: string): Room | undefined {
  if (path.startsWith('server/local/')) return 'local';
  const first = path.split('/')[0] ?? '';
  return first in RULES && first !== 'local' ? (first as Room) : undefined;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
