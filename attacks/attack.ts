/** An attack as a value: what a branch holds, and what must come of it. */
import type { LimitName } from '../src/limits.ts';

/** What an attacker is told of the host: more than a real one would know. */
export interface Targets {
  /** The world's own folder: the key file, the mirrors, everybody's workspaces. */
  folder: string;
  keyFile: string;
  webhookSecretFile: string;
  dataDir: string;
  /** A file that everybody on the host may read and write. */
  openFile: string;
  /** An empty folder in which everybody on the host may make files. */
  openFolder: string;
  /** Somebody listens there, on every address of the host, for TCP and UDP. */
  port: number;
  /** An address of the host other than its loopback. */
  address: string;
  unixSocket: string;
  /** Without its leading NUL. */
  abstractSocket: string;
  /** Of Temporal, the local GitHub and the server, on the host's loopback. */
  ports: { temporal: number; github: number; server: number };
  /** Processes of the host: the control worker holds the App's key. */
  pids: { control: number; tests: number };
}

export type Content = string | { text: string; executable: true } | { symlink: string };

export type Ending =
  /** For an attack that somebody tries. */
  | 'any'
  /** The script's own exit code is told. */
  | { exit: number }
  | { limit: LimitName }
  | 'timeout'
  | { signal: string };

export interface Attack {
  name: string;
  /** The test of the branch, with its `#!`. What it gets hold of it says in lines that begin with `GOT`. */
  test(targets: Targets): string;
  /** What else the branch holds. */
  files?(targets: Targets): Record<string, Content>;
  /** Default: exit code 7, with which every attack that comes to its end ends. */
  ends?: Ending;
  /** What must stand in its log, or it was not tried. */
  tried: RegExp[];
  /** The attacker's own words are no sign of success here: what they say is forged on purpose. */
  forges?: true;
  /** In whose manifest: those that share one have the same limits. Default `usual`. */
  setting?: Setting;
  /** How often its script is run, where not once. */
  runs?: number;
}

export type Setting = 'usual' | 'narrow' | 'timeout';

/** What `lockstep.yaml` says in each, below `defaults`. */
export const SETTINGS: Record<Setting, string[]> = {
  usual: ['limits: { memory: 512MiB, processes: 256, disk: 64MiB, output: 64MiB }'],
  narrow: ['limits: { memory: 128MiB, processes: 64, cpus: 1, disk: 16MiB, output: 16MiB }'],
  timeout: ['timeout: 20s', 'limits: { memory: 256MiB, processes: 128, disk: 16MiB }'],
};

/** The exit code of an attack that was tried to its end. */
export const TRIED = 7;

/** A shell script; `try what command…` says `GOT what` when the command succeeds. */
export function shell(text: string): string {
  return `#!/bin/bash
got() { echo "GOT $*"; }
try() { what=$1; shift; if "$@" 2>/dev/null; then got "$what"; else echo "held: $what"; fi; }
${text.trim()}
exit ${TRIED}
`;
}
