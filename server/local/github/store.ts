/**
 * Keeps the state on disk. Every change is written before it is answered (temporary file, then rename), so a server
 * that is killed at any moment goes on from its last answer.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AppState, GlobalState, RefUpdate, Repository } from './types.ts';

/** Ids are taken in blocks, so that taking one costs no write, and none is given out twice after a crash. */
const ID_BLOCK = 1000;

export class Store {
  readonly dir: string;
  readonly global: GlobalState;
  private readonly repositories = new Map<string, Repository>();
  private readonly updates: RefUpdate[];
  private nextId: number;

  constructor(dir: string, app: AppState) {
    this.dir = dir;
    mkdirSync(join(dir, 'repositories'), { recursive: true });
    this.global = readJson<GlobalState>(join(dir, 'state.json')) ?? {
      reservedId: 1000,
      app,
      webhook: null,
      accounts: [],
      users: [],
      tokens: [],
    };
    this.nextId = this.global.reservedId;
    for (const file of readdirSync(join(dir, 'repositories'), { recursive: true, encoding: 'utf8' })) {
      if (!/^[^/\\]+[/\\][^/\\]+\.json$/.test(file)) continue;
      const repository = readJson<Repository>(join(dir, 'repositories', file));
      if (repository !== null) this.repositories.set(repository.fullName.toLowerCase(), repository);
    }
    this.updates = readLines<RefUpdate>(join(dir, 'record.jsonl'));
  }

  /** A number that no other object of this GitHub has. */
  takeId(): number {
    if (this.nextId >= this.global.reservedId) {
      this.global.reservedId = this.nextId + ID_BLOCK;
      this.saveGlobal();
    }
    const id = this.nextId;
    this.nextId += 1;
    return id;
  }

  saveGlobal(): void {
    writeAtomically(join(this.dir, 'state.json'), this.global);
  }

  save(repository: Repository): void {
    this.repositories.set(repository.fullName.toLowerCase(), repository);
    writeAtomically(join(this.dir, 'repositories', `${repository.fullName}.json`), repository);
  }

  /** GitHub's names are case-insensitive. */
  find(fullName: string): Repository | undefined {
    return this.repositories.get(fullName.toLowerCase());
  }

  all(): Repository[] {
    return [...this.repositories.values()].sort((one, other) => one.id - other.id);
  }

  gitDirectory(repository: Repository): string {
    return join(this.dir, 'repositories', `${repository.fullName}.git`);
  }

  /**
   * Adds to the record of ref updates, which is only ever appended to. What was noted just before the process was killed is
   * found again at the next start: the last update of a ref cannot happen twice in a row.
   */
  record(update: RefUpdate): void {
    const last = this.updates.findLast(({ repository, ref }) => repository === update.repository && ref === update.ref);
    if (last !== undefined && last.old === update.old && last.new === update.new) return;
    this.updates.push(update);
    appendFileSync(join(this.dir, 'record.jsonl'), `${JSON.stringify(update)}\n`);
  }

  recorded(): RefUpdate[] {
    return this.updates.map((update) => ({ ...update }));
  }
}

function readJson<T>(path: string): T | null {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null;
}

/** Reads a file of JSON lines; a last line that a crash cut off is left out. */
export function readLines<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as T);
}

function writeAtomically(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(value)}\n`);
  renameSync(`${path}.new`, path);
}
