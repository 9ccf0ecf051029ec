/** The search attributes of Lockstep's workflows. One that is missing does not fail a workflow, it blocks it for ever. */
import type { Connection } from '@temporalio/client';
import type { AttributeFault } from '../../src/doctor/machine.ts';

/** Name → type, as `temporal … --search-attribute name=Type` writes them. */
export const SEARCH_ATTRIBUTES = {
  LockstepRepository: 'KeywordList',
  LockstepPullRequest: 'Int',
  LockstepChangeset: 'Keyword',
  LockstepStatus: 'Keyword',
} as const;

/** `temporal.api.enums.v1.IndexedValueType`. */
const INDEXED_VALUE_TYPE = { Keyword: 2, Int: 3, KeywordList: 7 } as const;

export async function attributeFaults(connection: Connection, namespace: string): Promise<AttributeFault[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]): AttributeFault[] => {
    const found = customAttributes?.[name];
    if (found === INDEXED_VALUE_TYPE[type]) return [];
    return [{ name, type, ...(found !== undefined && found !== null && { found: typeName(found) }) }];
  });
}

/** Those that the namespace lacks or has with another type, each as a sentence. */
export async function searchAttributeFaults(connection: Connection, namespace: string): Promise<string[]> {
  const faults = await attributeFaults(connection, namespace);
  return faults.map(
    ({ name, type, found }) =>
      `namespace ${namespace}: expected the search attribute ${name} of type ${type}, found ${found ?? 'none'}`,
  );
}

function typeName(value: number): string {
  const known = Object.entries(INDEXED_VALUE_TYPE).find(([, number]) => number === value);
  return known?.[0] ?? `type ${value}`;
}

/** Adds those that are missing. Doing it again is harmless. */
export async function addSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => customAttributes?.[name] === undefined);
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}
