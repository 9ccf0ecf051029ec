/** The one comment on a manifest pull request that shows how everything stands (UX, The sticky comment). */

import { COMMAND } from '../commands/grammar.ts';
import { testsLeft, timeLeftWords } from './estimate.ts';
import {
  changesetSignal,
  type Links,
  logLink,
  NAME_PLACEHOLDER,
  pipelineId,
  queueSignal,
  workflowLink,
} from './links.ts';
import { clock, duration, halfIn, outcomeSentence, outcomeWord, phaseSentence } from './phases.ts';
import { cancelledSentence } from './pipelineSentence.ts';
import { code, few, inline } from './text.ts';
import { type ChangesetView, isFinal, type PipelineView, RESOLVE_ACTIONS } from './view.ts';
import { whyWaiting } from './whyWaiting.ts';

export const STICKY_MARKER = '<!-- lockstep {"version":1} -->';

export interface About {
  links: Links;
  /** ISO 8601. */
  now: string;
  /** Durations of the coordinator's last green test runs, in ms: what the time left is guessed from. */
  samples?: readonly number[];
  /** Where the pipeline is in the queue, when it waits there. */
  queue?: {
    position?: number;
    waiting: number;
    holder?: number;
    paused?: { by: string; reason: string; since: string };
  };
}

export function stickyComment(view: PipelineView, about: About): string {
  const parts = [
    STICKY_MARKER,
    `### ${headline(view, about)}`,
    ...pausedNotice(about),
    '| | Changeset | Repositories | Tests | Landing |',
    '|---|---|---|---|---|',
    ...rows(view.changesets, about),
    ...whyWaiting(view).map((sentence) => `\n${sentence}`),
    ...refusals(view),
    ...whatYouCanDo(view, about),
    footer(view, about),
  ];
  return parts.join('\n');
}

export function headline(view: PipelineView, about: About): string {
  const { stage, changesets } = view;
  const done = changesets.filter(isFinal).length;
  const count = `${done} of ${changesets.length} done`;
  const left = timeLeftWords(view, { samples: [], ...about });
  const estimate = left === undefined ? '' : ` · ${left}`;
  switch (stage.at) {
    case 'waiting':
      return `⏳ Waits in the queue · ${position(about)}${estimate}`;
    case 'running':
      return `${icon(view)} ${activity(changesets)} · ${count}${estimate}`;
    case 'merging':
      return `⏳ All ${changesets.length} changesets are final · merging this pull request`;
    case 'merged':
      return `${icon(view)} ${summary(changesets)} · merged`;
    case 'stuck':
      return `❌ ${summary(changesets)} · cannot be merged: ${inline(stage.why)}`;
    case 'cancelled':
      return `⏹️ Stopped · ${cancelledSentence(stage.why)}`;
  }
}

function position(about: About): string {
  const { queue } = about;
  if (queue?.position === undefined) return 'its place is being found';
  const behind = queue.holder === undefined ? '' : `, behind pull request #${queue.holder}`;
  return `position ${queue.position} of ${Math.max(queue.position, queue.waiting)}${behind}`;
}

function icon(view: PipelineView): string {
  if (view.changesets.some((one) => one.phase.at === 'operator' || one.phase.at === 'halted')) return '🚨';
  const over = view.changesets.every(isFinal);
  if (!over) return '⏳';
  return view.changesets.some((one) => wordOf(one) === 'failed' || wordOf(one) === 'rolled back') ? '⚠️' : '✅';
}

function activity(changesets: ChangesetView[]): string {
  const finishing = changesets.filter(({ phase }) => halfIn(phase)).length;
  const count = (at: ChangesetView['phase']['at']) =>
    changesets.filter(({ phase }) => phase.at === at && !halfIn(phase)).length;
  const testing = count('testing') + count('preparing');
  const said = [
    count('operator') > 0 ? `${count('operator')} ${count('operator') === 1 ? 'needs' : 'need'} an operator` : '',
    count('halted') > 0 ? `${count('halted')} halted` : '',
    finishing > 0 ? `Finishing ${finishing} half ${finishing === 1 ? 'landing' : 'landings'}` : '',
    testing > 0 ? `Testing ${testing} ${plural(testing)}` : '',
    count('landing') + count('staging') > 0 ? `landing ${count('landing') + count('staging')}` : '',
    count('approval') > 0 ? `${count('approval')} ${count('approval') === 1 ? 'waits' : 'wait'} for approval` : '',
    count('granting') > 0 ? `${count('granting')} ${count('granting') === 1 ? 'waits' : 'wait'} to land` : '',
  ].filter((part) => part !== '');
  return said.length === 0 ? 'Working' : said.join(', ');
}

/** `2 landed, 1 failed, 1 skipped` */
export function summary(changesets: ChangesetView[]): string {
  const words = ['landed', 'failed', 'rolled back', 'skipped'] as const;
  const counted = words
    .map((word) => ({ word, count: changesets.filter((one) => wordOf(one) === word).length }))
    .filter(({ count }) => count > 0);
  return counted.length === 0 ? 'Nothing to do' : counted.map(({ word, count }) => `${count} ${word}`).join(', ');
}

function plural(count: number): string {
  return count === 1 ? 'changeset' : 'changesets';
}

export function wordOf(changeset: ChangesetView): string {
  if (changeset.phase.at === 'ended') return outcomeWord(changeset.phase.outcome);
  if (changeset.status !== undefined)
    return { success: 'landed', failed: 'failed', skipped: 'skipped' }[changeset.status];
  return halfIn(changeset.phase) ? 'finishing' : PHASE_WORDS[changeset.phase.at];
}

const PHASE_WORDS = {
  waiting: 'waits',
  looking: 'looks again',
  preparing: 'preparing',
  testing: 'testing',
  approval: 'waits for approval',
  staging: 'about to land',
  granting: 'waits to land',
  landing: 'landing',
  rollingBack: 'rolling back',
  halted: 'halted',
  operator: 'needs an operator',
  resolving: 'an operator has answered',
} as const;

const ICONS: Record<string, string> = {
  landed: '✅',
  failed: '❌',
  'rolled back': '↩️',
  skipped: '⏭️',
  stopped: '⏹️',
  waits: '⏳',
  'looks again': '🔎',
  preparing: '🔄',
  testing: '🔄',
  'waits for approval': '✋',
  'about to land': '🛬',
  'waits to land': '⏳',
  landing: '🛬',
  'rolling back': '↩️',
  halted: '🚨',
  finishing: '🔄',
  'needs an operator': '🚨',
};

/** What the table may take of the comment; every other part is bounded by itself. */
const TABLE_LIMIT = 30_000;

/** All rows where they fit; else those at work first, and how many more there are. */
function rows(changesets: ChangesetView[], about: About): string[] {
  const isActive = (one: ChangesetView) => !isFinal(one) && one.phase.at !== 'waiting';
  const all = changesets.map((changeset) => ({ text: row(changeset, about), active: isActive(changeset) }));
  const length = all.reduce((sum, { text }) => sum + text.length + 1, 0);
  if (length <= TABLE_LIMIT) return all.map(({ text }) => text);
  const shown: string[] = [];
  let left = TABLE_LIMIT;
  for (const { text } of [...all.filter((one) => one.active), ...all.filter((one) => !one.active)]) {
    left -= text.length + 1;
    if (left < 0) break;
    shown.push(text);
  }
  return [...shown, `| … | and ${all.length - shown.length} more | | | |`];
}

function row(changeset: ChangesetView, about: About): string {
  const word = wordOf(changeset);
  const cells = [
    `${ICONS[word] ?? ''} ${word}`,
    code(changeset.name),
    members(changeset),
    tests(changeset, about),
    landing(changeset),
  ];
  return `| ${cells.join(' | ')} |`;
}

function members(changeset: ChangesetView): string {
  if (changeset.members.length === 0) return '—';
  const all = changeset.members.map(
    ({ repository, branch, head }) => `${repository} ${code(head?.slice(0, 7) ?? branch)}`,
  );
  const on = changeset.after.length > 0 ? ` after ${few(changeset.after)}` : '';
  return `${few(all)}${on}`;
}

function tests(changeset: ChangesetView, { links, samples = [] }: About): string {
  const { tests: run } = changeset;
  if (run === undefined) return '—';
  if (run.ended === undefined) {
    const usual = testsLeft(samples);
    return `running since ${clock(run.startedAt)} UTC${usual === undefined ? '' : `, usually ${duration(usual)}`}`;
  }
  const took = `${run.ended.passed ? 'passed' : 'failed'} ${duration(run.ended.durationMs)}`;
  const link = logLink(links, run.ended.logId);
  return link === undefined ? took : `${took} · [log](${link})`;
}

function landing(changeset: ChangesetView): string {
  const { phase } = changeset;
  if (halfIn(phase)) return inline(phaseSentence(phase));
  switch (phase.at) {
    case 'landing':
    case 'looking':
    case 'rollingBack':
    case 'halted':
      return inline(phaseSentence(phase));
    case 'granting':
      return `waits ${inline(phase.why, 300)}`;
    case 'approval':
      return 'waits for an approval: see below';
    case 'operator':
      return 'needs an operator: see the comment';
    case 'resolving':
      return inline(phaseSentence(phase), 300);
    case 'ended':
      if (phase.outcome.kind !== 'landed') return inline(outcomeSentence(phase.outcome), 300);
      return changeset.endedAt === undefined ? 'landed' : `landed ${clock(changeset.endedAt)} UTC`;
    default:
      return changeset.status === 'success' ? 'landed before' : '—';
  }
}

function pausedNotice(about: About): string[] {
  const paused = about.queue?.paused;
  if (paused === undefined) return [];
  return [
    '',
    `⏸️ **The queue is paused** by ${inline(paused.by)} since ${clock(paused.since)} UTC: ${inline(paused.reason)}`,
    '',
  ];
}

function refusals(view: PipelineView): string[] {
  return view.refusals.length === 0 ? [] : ['', '**Refused**', ...view.refusals.map((one) => `- ${inline(one, 500)}`)];
}

function whatYouCanDo(view: PipelineView, { links }: About): string[] {
  const { coordinator, pullRequest } = view;
  const by = NAME_PLACEHOLDER;
  const commands: string[] = [];
  const signals: string[] = [];
  for (const { name, phase, members } of view.changesets) {
    const about = { coordinator, pullRequest };
    const signal = (verb: string, input: Record<string, unknown>) =>
      signals.push(changesetSignal(links, about, { name: verb, changeset: name, input }));
    if (phase.at === 'approval') {
      // Who pastes it approves what is shown here, however late it comes.
      const heads = members.flatMap(({ head }) => head ?? []);
      commands.push([COMMAND, 'approve', name, ...heads].join(' '));
      signal('approve', { by });
    }
    if (phase.at === 'approval' || (phase.at === 'testing' && !halfIn(phase))) {
      commands.push(`${COMMAND} skip ${name} <reason>`);
      signal('skip', { by, reason: '<why>' });
    }
    if (phase.at !== 'operator') continue;
    for (const action of RESOLVE_ACTIONS) {
      commands.push(`${COMMAND} resolve ${name} ${action}`);
      signal('resolve', { action, by });
    }
  }
  if (view.stage.at === 'waiting' || view.stage.at === 'running') {
    commands.push(`${COMMAND} skip-all <reason>`, `${COMMAND} pause <reason>`, `${COMMAND} help`);
    signals.push(queueSignal(links, 'skip', { pr: pullRequest, by, reason: '<why>' }));
    signals.push(queueSignal(links, 'pause', { by, reason: '<why>' }));
  }
  const failed = view.changesets.filter(
    (one) => wordOf(one) === 'failed' || wordOf(one) === 'rolled back' || wordOf(one) === 'skipped',
  );
  const again =
    failed.length > 0
      ? [
          '',
          `To try ${few(failed.map((one) => code(one.name)))} again: remove ${failed.length === 1 ? 'its `status` line' : 'their `status` lines'} in ${code(view.manifest)} in a new pull request.`,
        ]
      : [];
  if (commands.length === 0) return again;
  return [
    '',
    // Within a line: quoted by a mail program it must be no command.
    `**What you can do**, by a comment of your own: ${commands.slice(0, 20).map(code).join(' · ')}`,
    '',
    '<details><summary>or from a shell</summary>',
    '',
    '```sh',
    ...signals.slice(0, 20),
    '```',
    '',
    '</details>',
    ...again,
  ];
}

function footer(view: PipelineView, about: About): string {
  const temporal = workflowLink(about.links, pipelineId(view));
  const links = temporal === undefined ? [] : [`[Temporal](${temporal})`];
  return `\n${[...links, `updated ${about.now.slice(11, 19)} UTC`].join(' · ')}`;
}
