/** When a command from people is answered, and what with. */
import type { Command, QueueState } from './state.ts';

/** A command's effect is certain once every granted landing has decided or has given its grant back (model). */
export function answerCommands(state: QueueState): QueueState {
  return { ...state, commands: state.commands.map((command) => answered(state, command)) };
}

function answered(state: QueueState, command: Command): Command {
  if (command.answer !== undefined) return command;
  const concerned = state.grants.filter(
    ({ pullRequest }) => command.pullRequest === undefined || command.pullRequest === pullRequest,
  );
  const decided = concerned.filter((grant) => grant.state === 'decided').map((grant) => grant.changeset);
  const landing = [...new Set([...(command.landing ?? []), ...decided])];
  const known = landing.length > 0 ? { ...command, landing } : command;
  if (concerned.some((grant) => grant.state === 'granted')) return known;
  const going = landing.length > 0 ? `; already landing: ${landing.join(', ')}` : '';
  return { ...known, answer: `done${going}` };
}
