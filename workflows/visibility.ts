/** What the Temporal Web UI shows of a workflow, kept current. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';

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
