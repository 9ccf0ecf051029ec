/** Lockstep's ports, each effect on the outside announced to the faults. */
import { Context } from '@temporalio/activity';
import type { ControlDeps, TestDeps } from '../../activities/deps.ts';
import { STAGING_PREFIX } from '../../src/changeset.ts';
import type { Forge, Git, LogStore, Notifier, Push } from '../../src/ports.ts';
import type { Effect } from '../points.ts';
import type { Meet } from './meet.ts';

export function aroundControl(deps: ControlDeps, meet: Meet): ControlDeps {
  return {
    ...deps,
    git: aroundGit(deps, meet),
    forge: aroundForge(deps.forge, meet),
    ...(deps.notifier && { notifier: aroundNotifier(deps.notifier, meet) }),
  };
}

const activity = () => Context.current().info.activityType;

function aroundGit({ git, coordinator }: ControlDeps, meet: Meet): Git {
  return {
    ...git,
    readRefs(repository, refs, live) {
      const read = () => git.readRefs(repository, refs, live);
      const effect = { prepare: 'resolve', recheck: 'recheck' }[activity()] as Effect | undefined;
      return effect === undefined || repository === coordinator ? read() : meet({ effect, repository }, read);
    },
    fetch(repository, commits, live) {
      const fetched = () => git.fetch(repository, commits, live);
      return activity() === 'prepare' ? meet({ effect: 'fetch', repository }, fetched) : fetched();
    },
    commitTree(request) {
      const made = () => git.commitTree(request);
      return activity() === 'prepare' ? meet({ effect: 'build', repository: request.repository }, made) : made();
    },
    push: (request, live) =>
      meet({ effect: effectOf(request, coordinator), repository: request.repository }, () => git.push(request, live)),
  };
}

function effectOf({ repository, ref, commit }: Push, coordinator: string): Effect {
  if (repository === coordinator) return 'status commit';
  if (ref.startsWith(`refs/heads/${STAGING_PREFIX}`)) return commit === null ? 'staging delete' : 'stage push';
  return activity() === 'revert' ? 'revert' : 'land push';
}

function aroundForge(forge: Forge, meet: Meet): Forge {
  return {
    ...forge,
    publishComment: (number, comment) => meet({ effect: 'comment' }, () => forge.publishComment(number, comment)),
    publishCheck: (check) => meet({ effect: 'check' }, () => forge.publishCheck(check)),
    mergePullRequest: (request) => meet({ effect: 'manifest merge' }, () => forge.mergePullRequest(request)),
  };
}

function aroundNotifier({ notify }: Notifier, meet: Meet): Notifier {
  return { notify: (message) => meet({ effect: 'notify' }, () => notify(message)) };
}

export function aroundTests(deps: TestDeps, meet: Meet): TestDeps {
  const { git, runner } = deps;
  return {
    ...deps,
    git: {
      ...git,
      exportTree: (request, live) =>
        meet({ effect: 'workspace', repository: request.repository }, () => git.exportTree(request, live)),
    },
    runner: { run: (request, live) => meet({ effect: 'sandbox run' }, () => runner.run(request, live)) },
  };
}

export function aroundLogs(logs: LogStore, meet: Meet): LogStore {
  return {
    ...logs,
    async create(id) {
      const writer = await logs.create(id);
      return {
        write: (chunk) => writer.write(chunk),
        close: () => meet({ effect: 'log store' }, () => writer.close()),
      };
    },
  };
}
