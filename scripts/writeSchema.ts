/** Writes the manifest's JSON Schema, which editors use, from the schema that the reader uses. */
import { writeFileSync } from 'node:fs';
import { manifestJsonSchema } from '../src/manifest/schema.ts';

const target = new URL('../changesets/manifest.schema.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`);
