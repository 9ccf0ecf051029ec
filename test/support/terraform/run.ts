/** OpenTofu or Terraform as this machine has it, run on a copy of `terraform/`, with its own words when it fails. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export const MODULE = new URL('../../../terraform', import.meta.url).pathname;

/** `tofu` before `terraform`; `undefined` where there is neither. */
export async function findProgram(): Promise<string | undefined> {
  for (const name of ['tofu', 'terraform']) {
    if (!(await execa(name, ['version'], { reject: false })).failed) return name;
  }
  return undefined;
}

export interface Terraform {
  folder: string;
  /** `in`: below `terraform/`. */
  run(
    args: string[],
    options?: { in?: string; env?: Record<string, string> },
  ): Promise<{ code: number; output: string }>;
  /** The plan as JSON tells it. */
  plan(options: { in: string; variables?: Record<string, unknown>; env?: Record<string, string> }): Promise<Plan>;
  remove(): Promise<void>;
}

export interface Plan {
  planned_values: { outputs: Record<string, { value: unknown }> };
  resource_changes?: { address: string; change: { actions: string[]; after: Record<string, unknown> } }[];
}

export async function copyModule(program: string): Promise<Terraform> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-terraform-'));
  await cp(MODULE, folder, { recursive: true });
  const run: Terraform['run'] = async (args, { in: below = '.', env = {} } = {}) => {
    const result = await execa(program, args, {
      cwd: join(folder, below),
      env: { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0', ...env },
      all: true,
      reject: false,
      // A registry that cannot be reached may also be one that does not answer.
      timeout: 90_000,
    });
    return { code: result.exitCode ?? -1, output: result.all };
  };
  const must = async (...asked: Parameters<Terraform['run']>) => {
    const { code, output } = await run(...asked);
    if (code !== 0) throw new Error(`${program} ${asked[0].join(' ')} ended with ${code}:\n${output}`);
    return output;
  };
  return {
    folder,
    run,
    async plan({ in: below, variables = {}, env = {} }) {
      const given = Object.entries(variables).flatMap(([name, value]) => {
        return ['-var', `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`];
      });
      await must(['plan', '-no-color', '-out=plan', ...given], { in: below, env });
      const { stdout } = await execa(program, ['show', '-json', 'plan'], { cwd: join(folder, below) });
      return JSON.parse(stdout) as Plan;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
