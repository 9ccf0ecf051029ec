/** The points at which a fault can meet Lockstep: each effect on the outside, before it, after it, and with its reply lost. */

export const KINDS = ['K-', 'K+', 'EX'] as const;
/** `K-`: killed just before the effect; `K+`: just after it, before its result is recorded; `EX`: its reply is lost. */
export type Kind = (typeof KINDS)[number];

export const MEMBERS = ['acme/api', 'acme/docs', 'acme/web'];

/** Effects that are one for each landing. */
const SINGLE = [
  'signal',
  'fetch',
  'resolve',
  'build',
  'workspace',
  'sandbox run',
  'log store',
  'comment',
  'check',
  'status commit',
  'recheck',
  'manifest merge',
  'notify',
  'clean-up',
] as const;

/** Effects that are one for each repository. */
const EACH = ['stage push', 'land push', 'staging delete', 'revert'] as const;

export type Effect = (typeof SINGLE)[number] | (typeof EACH)[number];

export interface Point {
  effect: Effect;
  /** Absent: whichever it is. */
  repository?: string;
  kind: Kind;
}

const PLACES: Omit<Point, 'kind'>[] = [
  ...SINGLE.map((effect) => ({ effect })),
  ...EACH.flatMap((effect) => MEMBERS.map((repository) => ({ effect, repository }))),
];

export const POINTS: Point[] = PLACES.flatMap((place) => KINDS.map((kind) => ({ ...place, kind })));

export function pointName({ kind, effect, repository }: Point): string {
  return [kind, effect, ...(repository === undefined ? [] : [repository])].join(' ');
}

/** Effects that are requests to GitHub: their replies are lost on the way, by the proxy. */
export function isRequest(effect: Effect): boolean {
  switch (effect) {
    case 'fetch':
    case 'resolve':
    case 'comment':
    case 'check':
    case 'status commit':
    case 'stage push':
    case 'recheck':
    case 'land push':
    case 'manifest merge':
    case 'staging delete':
    case 'revert':
      return true;
    case 'signal':
    case 'build':
    case 'workspace':
    case 'sandbox run':
    case 'log store':
    case 'notify':
    case 'clean-up':
      return false;
  }
}
