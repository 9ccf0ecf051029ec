/** Holds the ruleset resource of a parsed file against the extract of the provider's documentation beside this file. */
import { readFileSync } from 'node:fs';

interface Schema {
  required: string[];
  optional: string[];
  blocks: Record<string, Schema & { min?: number; max?: number }>;
}

const SCHEMA = JSON.parse(readFileSync(new URL('./rulesetSchema.json', import.meta.url), 'utf8')) as Schema;
/** Of Terraform itself, in every resource. */
const META = ['for_each', 'count', 'lifecycle', 'depends_on', 'provider'];

/** Sentences; none where the provider would take it. */
export function rulesetFaults(resource: Record<string, unknown>): string[] {
  const own = Object.fromEntries(Object.entries(resource).filter(([name]) => !META.includes(name)));
  return blockFaults(own, SCHEMA, 'github_repository_ruleset');
}

function blockFaults(block: Record<string, unknown>, schema: Schema, path: string): string[] {
  const { dynamic, ...own } = block;
  const dynamics = Object.entries((dynamic ?? {}) as Record<string, { content: Record<string, unknown>[] }[]>);
  const inner = [
    ...Object.entries(own).filter(([name]) => name in schema.blocks),
    ...dynamics.map(([name, made]): [string, unknown] => [name, made.flatMap(({ content }) => content)]),
  ];
  const attributes = Object.keys(own).filter((name) => !(name in schema.blocks));
  const known = [...schema.required, ...schema.optional];
  const there = inner.map(([name]) => name);
  return [
    ...attributes.filter((name) => !known.includes(name)).map((name) => `${path}: the provider has no ${name}`),
    ...schema.required.filter((name) => !attributes.includes(name)).map((name) => `${path}: lacks ${name}`),
    ...Object.entries(schema.blocks)
      .filter(([name, { min }]) => min !== undefined && !there.includes(name))
      .map(([name]) => `${path}: lacks the block ${name}`),
    ...inner.flatMap(([name, blocks]) => {
      const of = schema.blocks[name];
      if (of === undefined) return [`${path}: the provider has no block ${name}`];
      const list = blocks as Record<string, unknown>[];
      const tooMany = of.max !== undefined && list.length > of.max ? [`${path}: more than ${of.max} of ${name}`] : [];
      return [...tooMany, ...list.flatMap((one) => blockFaults(one, of, `${path}.${name}`))];
    }),
  ];
}
