/** Sends the hunters out, each as a process of its own in the copy of the tree. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hunted, Hunter } from './mutant.ts';

const MINUTE = 60_000;
/** What takes longer has lost its way, and has noticed nothing. */
const TIME_ALLOWED_MS = 20 * MINUTE;

/** A mutant that cannot even run says nothing about what it takes out. */
const NOT_EVEN_RUN =
  /^(ReferenceError|SyntaxError|TypeError)|Cannot find (module|package)|is not a function|is not defined/;

/** Of a fault run: its own processes could not do their work. */
const BROKEN_OFF = /broke off|was never reached|not judged/;

export async function hunt(root: string, hunter: Hunter, seeds: { from: number; count: number }): Promise<Hunted> {
  const found = await send(root, hunter, seeds);
  if (found.kind === 'noticed' && NOT_EVEN_RUN.test(found.how)) return { kind: 'broken', why: found.how };
  return found;
}

function send(root: string, hunter: Hunter, seeds: { from: number; count: number }): Promise<Hunted> {
  switch (hunter.kind) {
    case 'model':
      return sendInto(root, ['model', hunter.first ?? '']);
    case 'simulator':
      return sendInto(root, ['simulator', ...[seeds.from, seeds.count, ...hunter.first].map(String)]);
    case 'fault run':
      return runFaults(root, hunter.run);
    case 'attack':
      return runAttack(root, hunter.name);
    case 'test':
      return runTest(root, hunter);
  }
}

async function sendInto(root: string, args: string[]): Promise<Hunted> {
  const { stdout, stderr } = await run(root, ['--import', 'tsx', join('mutants', 'hunt.ts'), ...args]);
  const last = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(last) as Hunted;
  } catch {
    return { kind: 'broken', why: (stderr || last || 'it said nothing').slice(-2000) };
  }
}

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: {
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

/** Unit and contract tests need no Temporal; the others start one, and count for themselves. */
function runTest(root: string, hunter: TestHunter): Promise<Hunted> {
  const pattern = hunter.name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const args = ['--runTestsByPath', hunter.file, '-t', pattern];
  return /^test\/(unit|contract)\//.test(hunter.file)
    ? runJest(root, hunter, args)
    : runWithTemporal(root, hunter, args);
}

type TestHunter = Extract<Hunter, { kind: 'test' }>;

async function runJest(root: string, { file, name }: TestHunter, args: string[]): Promise<Hunted> {
  const report = join(root, 'jest.json');
  const jest = join('node_modules', 'jest', 'bin', 'jest.js');
  const { stderr } = await run(root, [jest, '--json', `--outputFile=${report}`, ...args]);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return { kind: 'broken', why: stderr.slice(-2000) };
  const { numFailedTests, numPassedTests, testResults } = JSON.parse(text) as JestReport;
  const failed = testResults.flatMap(({ assertionResults }) => assertionResults).find((one) => one.status === 'failed');
  if (failed !== undefined) {
    const [how = ''] = failed.failureMessages;
    return { kind: 'noticed', where: file, how: `${failed.fullName}: ${firstLines(how)}` };
  }
  if (numPassedTests > 0 && numFailedTests === 0) return { kind: 'unnoticed', searched: `${file}: ${name}` };
  return { kind: 'broken', why: `${file} has no test “${name}”: ${testResults[0]?.message.slice(0, 1000) ?? ''}` };
}

async function runWithTemporal(root: string, { file, name }: TestHunter, args: string[]): Promise<Hunted> {
  const { stdout, stderr } = await run(root, ['--import', 'tsx', join('scripts', 'test.ts'), ...args]);
  const [, passed = '0', failed = '0'] = /^(\d+) passed, (\d+) failed$/m.exec(stdout) ?? [];
  const named = /^ *● (.*)$/m.exec(stderr)?.[1];
  // Nothing was tested.
  if (named === 'Test suite failed to run') return { kind: 'broken', why: stderr.slice(-2000) };
  if (Number(failed) > 0 && named !== undefined) return { kind: 'noticed', where: file, how: named };
  if (Number(passed) > 0 && Number(failed) === 0) return { kind: 'unnoticed', searched: `${file}: ${name}` };
  return { kind: 'broken', why: stderr.slice(-2000) };
}

/** Its invariants are violated, or its story never comes to its end. */
async function runFaults(root: string, name: string): Promise<Hunted> {
  const args = ['--import', 'tsx', join('scripts', 'faults.ts'), '--only', name];
  const { stdout, stderr } = await run(root, args, { LOCKSTEP_FAULTS_PATIENCE_MS: String(3 * MINUTE) });
  const [, complaint] = /^FAILED .*\n +(.*)$/m.exec(stdout) ?? [];
  if (complaint !== undefined && !BROKEN_OFF.test(complaint))
    return { kind: 'noticed', where: `“${name}”`, how: complaint };
  if (/^1 passed, 0 failed$/m.test(stdout)) return { kind: 'unnoticed', searched: `“${name}”` };
  return { kind: 'broken', why: complaint ?? (stderr || stdout).slice(-2000) };
}

/** The same attack breaks out, or its neighbour is disturbed. */
async function runAttack(root: string, name: string): Promise<Hunted> {
  const { stdout, stderr } = await run(root, ['--import', 'tsx', join('scripts', 'attacks.ts'), '--only', name]);
  const [, complaint] = /^FAILED .*\n +(.*)$/m.exec(stdout) ?? [];
  if (complaint !== undefined) return { kind: 'noticed', where: `“${name}”`, how: complaint };
  if (/^[1-9]\d* passed, 0 failed$/m.test(stdout)) return { kind: 'unnoticed', searched: `“${name}”` };
  return { kind: 'broken', why: (stderr || stdout).slice(-2000) };
}

function firstLines(message: string): string {
  return message
    .replaceAll(/\u001b\[\d+m/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 3)
    .join(' ')
    .slice(0, 300);
}

function run(
  root: string,
  args: string[],
  more: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const options = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim();
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, NODE_OPTIONS: options, ...more } });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => {
      said.stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      said.stderr += data.toString();
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), TIME_ALLOWED_MS);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      resolve(said);
    });
  });
}
