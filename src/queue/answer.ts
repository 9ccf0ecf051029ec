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
  return { ...known, answer: [DONE, ...begun('already landing', going), ...begun(HALTED, halted)].join('; ') };
}

const DONE = 'done';
const REFUSED = 'refused: ';

/** Who waits for an answer is told it once. */
export function giveReplies(state: QueueState): Reduced {
  const ready = state.commands.flatMap(({ answer, replyTo }) =>
    answer === undefined || replyTo === undefined ? [] : [{ answer, replyTo }],
  );
  if (ready.length === 0) return { state, effects: [] };
  const commands = state.commands.map((command) => {
    const { replyTo: _, ...told } = command;
    return command.answer === undefined ? command : told;
  });
  return {
    state: { ...state, commands },
    effects: ready.map(({ answer, replyTo }) => ({ do: 'reply', ...replyWith(replyTo, inReply(answer)) })),
  };
}

function inReply(answer: string) {
  if (answer.startsWith(REFUSED)) return { refused: answer.slice(REFUSED.length) };
  return answer.startsWith(`${DONE}; `) ? { remark: answer.slice(DONE.length + 2) } : {};
}

/** It had begun before: this is its end. */
const HALTED = 'waiting for an operator, who may finish or undo it meanwhile';

function begun(how: string, changesets: string[]): string[] {
  return changesets.length === 0 ? [] : [`${how}: ${changesets.map(landingName).join(', ')}`];
}
