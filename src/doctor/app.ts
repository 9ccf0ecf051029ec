/** Whether the App may do what it needs and no more, is told what it must hear, and can be reached. */
import { APP_EVENTS, APP_PERMISSIONS, WEBHOOK_PATH } from '../app.ts';
import type { AppFacts, HookFacts, InstallationFacts, Ping, Redelivery } from './facts.ts';
import { type Finding, orWell } from './finding.ts';

export function judgeApp(app: AppFacts): Finding[] {
  const about = `App ${app.slug}`;
  return [
    ...orWell(about, permissionFaults(app), 'has the permissions that it needs, and no others'),
    ...orWell(about, eventFaults(app), `hears ${APP_EVENTS.join(' and ')}`),
    ...app.installations.flatMap((installation) => judgeInstallation(app, installation)),
  ];
}

export function refusedApp(): Finding {
  const says =
    "GitHub refuses the App's key, so nothing works: GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE must be of one App, and the key one that it still has";
  return { state: 'wrong', about: 'App', says };
}

function permissionFaults({ permissions, settingsUrl }: AppFacts): string[] {
  const at = `${settingsUrl}/permissions`;
  const missing = missingPermissions(permissions);
  const extra = Object.entries(permissions).filter(([name, level]) => {
    const needed = APP_PERMISSIONS[name];
    return needed === undefined || (needed === 'read' && level !== 'read');
  });
  return [
    ...missing.map(
      ({ name, level, found }) =>
        `lacks the permission ${name}: ${level} (found ${found}), so what needs it fails: grant it, and accept it where the App is installed, ${at}`,
    ),
    ...extra.map(
      ([name, level]) =>
        `has the permission ${name}: ${level}, which it does not need and its key would give away: take it back, ${at}`,
    ),
  ];
}

function missingPermissions(permissions: Record<string, string>) {
  return Object.entries(APP_PERMISSIONS).flatMap(([name, level]) => {
    const found = permissions[name] ?? 'none';
    return found === level || found === 'write' || found === 'admin' ? [] : [{ name, level, found }];
  });
}

function eventFaults({ events, settingsUrl }: AppFacts): string[] {
  return APP_EVENTS.filter((event) => !events.includes(event)).map(
    (event) =>
      `does not hear the event ${event}, so pull requests are seen only by the reconciliation, minutes late: subscribe to it, ${settingsUrl}/permissions`,
  );
}

/** What the App itself lacks is said once, there. */
function judgeInstallation(app: AppFacts, installation: InstallationFacts): Finding[] {
  const { account, url, permissions, events, suspended } = installation;
  const pending = missingPermissions(permissions)
    .filter(({ name }) => app.permissions[name] !== undefined && app.permissions[name] !== permissions[name])
    .map(({ name, level }) => `${name}: ${level}`);
  const unheard = APP_EVENTS.filter((event) => app.events.includes(event) && !events.includes(event));
  const faults = [
    ...(suspended
      ? [`the App is suspended there, so nothing of ${account} can land: an owner unsuspends it, ${url}`]
      : []),
    ...(pending.length + unheard.length > 0
      ? [`has not accepted what the App asks for (${[...pending, ...unheard].join(', ')}): an owner accepts it, ${url}`]
      : []),
  ];
  return orWell(`App in ${account}`, faults, 'is installed, and granted what it asks for');
}

/** `publicUrl`: LOCKSTEP_PUBLIC_URL. */
export function judgeHook(hook: HookFacts, settingsUrl: string, publicUrl: string | undefined): Finding[] {
  const { url, contentType, hasSecret, verifiesTls } = hook;
  if (url === undefined || url === '') {
    return orWell('webhook', [`the App has no webhook URL, so GitHub tells nothing: set it, ${settingsUrl}`], '');
  }
  const expected = publicUrl === undefined ? undefined : `${publicUrl}${WEBHOOK_PATH}`;
  const faults = [
    ...(expected === undefined || expected === url
      ? []
      : [`GitHub sends to ${url}, expected ${expected} (LOCKSTEP_PUBLIC_URL): correct one of them, ${settingsUrl}`]),
    ...(url.endsWith(WEBHOOK_PATH)
      ? []
      : [`GitHub sends to ${url}, but Lockstep listens at ${WEBHOOK_PATH} only: correct it, ${settingsUrl}`]),
    ...(contentType === 'json'
      ? []
      : [
          `its content type is ${contentType ?? 'none'}, and only application/json is taken: choose it, ${settingsUrl}`,
        ]),
    ...(hasSecret
      ? []
      : [`it has no secret, so every delivery is refused: set the one of this set-up, ${settingsUrl}`]),
    ...(verifiesTls ? [] : [`TLS is not verified, so anybody in between reads along: enable it, ${settingsUrl}`]),
  ];
  return orWell('webhook', faults, `GitHub sends to ${url}, signed`);
}

export function judgePing(ping: Ping, url: string): Finding[] {
  const about = 'webhook ping';
  const well = `${url} takes what is signed with the secret of this environment`;
  if (ping.kind === 'failed') {
    const says = `${url} cannot be reached from here (${ping.why}): start the server, or mend what is in front of it`;
    return [{ state: 'wrong', about, says }];
  }
  if (ping.code >= 200 && ping.code < 300) return orWell(about, [], well);
  const says =
    ping.code === 401
      ? `the server at ${url} refuses the webhook secret of this environment (401): give both the same GITHUB_WEBHOOK_SECRET`
      : `${url} answered ${ping.code}, expected 202: is it Lockstep's server, and has its proxy that path?`;
  return [{ state: 'wrong', about, says }];
}

export function judgeRedelivery(redelivery: Redelivery, settingsUrl: string): Finding[] {
  const about = 'webhook from GitHub';
  const at = `${settingsUrl}/advanced`;
  switch (redelivery.kind) {
    case 'none':
      return [
        {
          state: 'unknown',
          about,
          says: `GitHub has sent nothing in the last days that it could send again: open a pull request on the coordinator, then run the doctor again, ${at}`,
        },
      ];
    case 'silent':
      return [
        {
          state: 'unknown',
          about,
          says: `GitHub was asked to send its last delivery again, and had not after ${redelivery.afterS} s: look at it there, ${at}`,
        },
      ];
    case 'answered':
      return judgeAnswer(about, redelivery, at);
  }
}

function judgeAnswer(about: string, { code, status }: { code: number; status: string }, at: string): Finding[] {
  if (code >= 200 && code < 300) return orWell(about, [], 'its last delivery, sent once more, was taken');
  const says =
    code === 401
      ? `GitHub signs with another secret than the server's (401), so every delivery is refused: set the same in the App and in GITHUB_WEBHOOK_SECRET, ${at}`
      : code === 503
        ? `the server could not hand its delivery on to Temporal (503): see the line about Temporal, ${at}`
        : `its last delivery, sent once more, was not taken (${code} ${status}): mend what is between GitHub and the server, ${at}`;
  return [{ state: 'wrong', about, says }];
}
