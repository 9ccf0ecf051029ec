/** The search attributes of Lockstep's workflows. One that is missing does not fail a workflow, it blocks it for ever. */
import type { Connection } from '@temporalio/client';

/** Name → type, as `temporal … --search-attribute name=Type` writes them. */
export const SEARCH_ATTRIBUTES = {
  LockstepRepository: 'KeywordList',
  LockstepPullRequest: 'Int',
  LockstepChangeset: 'Keyword',
  LockstepStatus: 'Keyword',
} as const;

/** `temporal.api.enums.v1.IndexedValueType`. */
const INDEXED_VALUE_TYPE = { Keyword: 2, Int: 3, KeywordList: 7 } as const;

/** Those that the namespace lacks or has with another type, each as a sentence. */
export async function searchAttributeFaults(connection: Connection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => {
    const found = customAttributes?.[name];
    if (found === INDEXED_VALUE_TYPE[type]) return [];
    const is = found === undefined ? 'none' : `type ${found}`;
    return [`namespace ${namespace}: expected the search attribute ${name} of type ${type}, found ${is}`];
  });
}

/** Adds those that are missing. Doing it again is harmless. */
export async function addSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => customAttributes?.[name] === undefined);
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}
