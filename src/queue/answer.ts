/** When a command from people is answered, and what with. */
import { replyWith } from '../commands/reply.ts';
import { landingName } from './fence.ts';
import type { Reduced } from './reduce.ts';
import type { Command, Grant, QueueState } from './state.ts';

/** A command's effect is certain once every granted landing has decided or has given its grant back (model). */
export function answerCommands(state: QueueState): QueueState {
  return { ...state, commands: state.commands.map((command) => answered(state, command)) };
}

function answered(state: QueueState, command: Command): Command {
  if (command.answer !== undefined) return command;
  const concerned = state.grants.filter(
    ({ pullRequest }) => command.pullRequest === undefined || command.pullRequest === pullRequest,
  );
  const inState = (...states: Grant['state'][]) =>
    concerned.filter((grant) => states.includes(grant.state)).map((grant) => grant.changeset);
  const landing = [...new Set([...(command.landing ?? []), ...inState('decided')])];
  const known = landing.length > 0 ? { ...command, landing } : command;
  if (inState('granted').length > 0) return known;
  const halted = inState('halted', 'resolving');
  const going = landing.filter((changeset) => !halted.includes(changeset));
  const remark = [...begun('already landing', going), ...begun(HALTED, halted)].join('; ');
  return remark === '' ? { ...known, answer: 'done' } : { ...known, answer: `done; ${remark}`, said: { remark } };
}

/** What a command that is not carried out is answered with. */
export function refusal(why: string): Pick<Command, 'answer' | 'said'> {
  return { answer: `refused: ${why}`, said: { refused: why } };
}

/** Who waits for an answer is told it once. */
export function giveReplies(state: QueueState): Reduced {
  const ready = state.commands.flatMap(({ answer, said, replyTo }) =>
    answer === undefined || replyTo === undefined ? [] : [replyWith(replyTo, said ?? {})],
  );
  const commands = state.commands.map((command) => {
    const { replyTo: _, said: __, ...told } = command;
    return command.answer === undefined ? command : told;
  });
  return { state: { ...state, commands }, effects: ready.map((reply) => ({ do: 'reply', ...reply })) };
}

/** It had begun before: this is its end. */
const HALTED = 'waiting for an operator, who may finish or undo it meanwhile';

function begun(how: string, changesets: string[]): string[] {
  return changesets.length === 0 ? [] : [`${how}: ${changesets.map(landingName).join(', ')}`];
}
