/** Values of the environment that are, or name, files. No content of one is ever in a problem. */
import { createPrivateKey } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Environment } from './values.ts';

/** The value itself, or the file that `<name>_FILE` names. */
export function readSecret(env: Environment, problems: string[], name: string): string {
  const value = env[name]?.trim();
  const file = env[`${name}_FILE`]?.trim();
  if (value) return value.replaceAll('\\n', '\n');
  if (!file) {
    problems.push(`${name}_FILE: is not set (nor is ${name})`);
    return '';
  }
  try {
    const content = readFileSync(file, 'utf8').trim();
    if (content === '') problems.push(`${name}_FILE: ${file} is empty`);
    return content;
  } catch (error) {
    problems.push(`${name}_FILE: ${file} cannot be read (${messageOf(error)})`);
    return '';
  }
}

/** As `readSecret`, where it may be absent. */
export function readOptionalSecret(env: Environment, problems: string[], name: string): string | undefined {
  if (!env[name]?.trim() && !env[`${name}_FILE`]?.trim()) return undefined;
  return readSecret(env, problems, name);
}

/** What GitHub gives is an RSA key in PEM form; anything else would be found out only at the first call. */
export function readPrivateKey(env: Environment, problems: string[], name: string): string {
  const key = readSecret(env, problems, name);
  if (key !== '' && !isRsaKey(key)) {
    problems.push(
      `${name}${env[name]?.trim() ? '' : '_FILE'}: expected an RSA private key in PEM form, found something else`,
    );
  }
  return key;
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

export function readWorkflowBundle(env: Environment, problems: string[]): string | undefined {
  const file = env.LOCKSTEP_WORKFLOW_BUNDLE?.trim() || undefined;
  if (file !== undefined && !existsSync(file)) problems.push(`LOCKSTEP_WORKFLOW_BUNDLE: there is no file ${file}`);
  return file;
}

/** It need not be there yet, but must be able to be made and written to. */
export function readDataDir(env: Environment, problems: string[]): string {
  const folder = resolve(env.LOCKSTEP_DATA_DIR?.trim() || '.lockstep');
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  try {
    if (!statSync(there).isDirectory()) problems.push(`LOCKSTEP_DATA_DIR: expected a folder, found the file ${there}`);
    else accessSync(there, constants.W_OK | constants.X_OK);
  } catch (error) {
    problems.push(`LOCKSTEP_DATA_DIR: ${there} cannot be written to (${messageOf(error)})`);
  }
  return folder;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
