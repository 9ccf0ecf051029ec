/**
 * `npm run --silent sbom > bom.json`: what an installation of Lockstep holds, as CycloneDX, by npm from the lock file. Needs no
 * network. Tools are left out here and not by npm: its `--omit=dev`, and its mark on a component, also hold for what a tool and
 * Lockstep both need (seen with npm 11.19, for the Temporal SDK and `signal-exit`).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { type Lock, licensesOf } from './dependencies.ts';

interface Component {
  'bom-ref': string;
  name: string;
  purl: string;
}

export interface Bom {
  metadata: { component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** Without what only tools need. npm names the root by its folder, which is anybody's. */
export function shipped(bom: Bom, lock: Lock): Bom {
  const names = new Set(
    licensesOf(lock).flatMap(({ name, version, isTool }) => (isTool ? [] : [`${name}@${version}`])),
  );
  const components = bom.components.filter((one) => names.has(nameOf(one)));
  const { component } = bom.metadata;
  const refs = new Set([component, ...components].map((one) => one['bom-ref']));
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
  return {
    ...bom,
    metadata: { ...bom.metadata, component: { ...component, name: 'lockstep' } },
    components,
    dependencies,
  };
}

/** `@scope/name@1.2.3`; npm's `name` lacks the scope. */
export function nameOf({ purl }: Component): string {
  return decodeURIComponent(purl.replace(/^pkg:npm\//, '').replace(/\?.*/, ''));
}

export async function billOfMaterials(root: string): Promise<Bom> {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const { stdout } = await execa('npm', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  return shipped(JSON.parse(stdout) as Bom, lock);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(`${JSON.stringify(await billOfMaterials(process.cwd()), null, 2)}\n`);
}
