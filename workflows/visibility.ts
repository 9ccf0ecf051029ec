/** What the Temporal Web UI shows of a workflow, kept current. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { TESTS_MEMO } from '../src/changeset.ts';

export const REPOSITORY = defineSearchAttributeKey('LockstepRepository', SearchAttributeType.KEYWORD_LIST);
export const PULL_REQUEST = defineSearchAttributeKey('LockstepPullRequest', SearchAttributeType.INT);
export const CHANGESET = defineSearchAttributeKey('LockstepChangeset', SearchAttributeType.KEYWORD);
export const STATUS = defineSearchAttributeKey('LockstepStatus', SearchAttributeType.KEYWORD);

/** Tells what the workflow does now, and moves `LockstepStatus` along when that word changes. */
export function tellerOfStatus(): (now: { status: string; sentence: string }) => void {
  let last = '';
  return ({ status, sentence }) => {
    setCurrentDetails(sentence);
    if (status === last) return;
    last = status;
    upsertSearchAttributes([{ key: STATUS, value: status }]);
  };
}

/** Later runs are estimated from it. A red run may have stopped early, so it tells nothing. */
export function rememberGreenTests(durationMs: number): void {
  upsertMemo({ [TESTS_MEMO]: durationMs });
}
