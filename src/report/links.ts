/** Where people can look further, and what they can type; absent parts are simply not shown. */
import { changesetWorkflowId, pipelineWorkflowId } from '../changeset.ts';

export interface Links {
  /** Base of Lockstep's own pages. */
  publicUrl?: string;
  temporalUi?: { url: string; namespace: string };
  /** Temporal's, where commands have to name it: not the one that `temporal` takes without a word. */
  namespace?: string;
}

export function logLink(links: Links, logId: string): string | undefined {
  return links.publicUrl === undefined ? undefined : `${trimmed(links.publicUrl)}/logs/${encodeURIComponent(logId)}`;
}

export function workflowLink(links: Links, workflowId: string): string | undefined {
  const { temporalUi } = links;
  if (temporalUi === undefined) return undefined;
  return `${trimmed(temporalUi.url)}/namespaces/${temporalUi.namespace}/workflows/${encodeURIComponent(workflowId)}`;
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}

/** For commands in a namespace of Temporal's. */
export function commandsIn(namespace: string): Pick<Links, 'namespace'> {
  return namespace === 'default' ? {} : { namespace };
}

/** What people put their name for. */
export const NAME_PLACEHOLDER = '<your name>';

/** The exact command for a signal to one changeset. */
export function changesetSignal(
  links: Links,
  about: { coordinator: string; pullRequest: number },
  signal: { name: string; changeset: string; input: Record<string, unknown> },
): string {
  const workflowId = changesetWorkflowId({ ...about, name: signal.changeset });
  return command(links, workflowId, signal);
}

export function queueSignal(links: Links, name: string, input: Record<string, unknown>): string {
  return command(links, 'lockstep-queue', { name, input });
}

export function pipelineId(about: { coordinator: string; pullRequest: number }): string {
  return pipelineWorkflowId(about.coordinator, about.pullRequest);
}

function command(
  { namespace }: Links,
  workflowId: string,
  { name, input }: { name: string; input: Record<string, unknown> },
): string {
  const where = namespace === undefined ? '' : ` --namespace ${namespace}`;
  const json = JSON.stringify(input).replaceAll("'", `'\\''`);
  return `temporal workflow signal${where} --workflow-id ${workflowId} --name ${name} --input '${json}'`;
}
