/** What activities are made from. */
import type { RepositoryName } from '../src/changeset.ts';
import type { Bounds } from '../src/limits.ts';
import type { Parser } from '../src/manifest/texts.ts';
import type { Forge, Git, Live, LogStore, Notifier, TestRunner } from '../src/ports.ts';
import type { WorkflowsPort } from './workflows/port.ts';

/** What control activities need: they hold the App's rights. */
export interface ControlDeps {
  coordinator: RepositoryName;
  git: Git;
  /** Reads and writes manifests and `lockstep.yaml`: texts of people who may mean harm. */
  parser: Parser;
  forge: Forge;
  notifier?: Notifier;
  logs: Pick<LogStore, 'prune'>;
  workflows: WorkflowsPort;
  settings: Settings;
  ages: Ages;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after that time, or throws the signal's reason. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** Of the running activity. */
  live(): Live;
  /** Of the running activity: 1 for the first try. */
  attempt(): number;
}

/** What test activities need: no secret among it. */
export interface TestDeps {
  coordinator: RepositoryName;
  git: Git;
  runner: TestRunner;
  /** What a run of the tests may be given at most. */
  bounds: Bounds;
  /** Workspaces are made below it, one folder a run. */
  workspaces: string;
  /** Milliseconds since the epoch. */
  now(): number;
  live(): Live;
  attempt(): number;
  /** How long earlier tries of the running activity ran, in ms. Nobody's wait for a worker is in it. */
  ranMs(): number;
}

export interface Settings {
  /**
   * The longest life of a push, in ms, its own time limit included (`pushLimitMs`): waited out before anything but
   * *landed* is concluded (PROTOCOL 7).
   */
  pushLifeMs: number;
  /** Shortest time between two edits of the sticky comment, in ms (UX: 15 s). */
  publishEveryMs: number;
  /** Time between two looks at a waiting pipeline's position, in ms. */
  refreshEveryMs: number;
  /** `https://github.com`: base of links to pull requests. */
  serverUrl: string;
  /** Base of links into Lockstep: `/logs/<id>`. */
  publicUrl?: string;
  /** Base of the Temporal Web UI, with the namespace: links to workflows. */
  temporalUi?: { url: string; namespace: string };
  /** Temporal's, where it is not `default`: commands for people to paste name it. */
  namespace?: string;
}

export interface Ages {
  /** Age at which a test's log is removed, in ms. */
  keepLogsMs: number | 'forever';
  /** Age at which a mirror is made anew, in ms. */
  renewMirrorsMs: number | 'never';
}
