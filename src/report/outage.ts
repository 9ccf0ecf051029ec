/** GitHub gives the App no tokens: what the team is told once when that begins, and once when it is over. */

/** Of whom no token is to be had: the key is the App's everywhere, a suspension is one owner's. */
export type Outage = { why: 'key' } | { why: 'suspended'; owner: string };

const WAITS = 'Everything waits meanwhile, and goes on by itself.';

export function outageBegun(outage: Outage): string {
  switch (outage.why) {
    case 'key':
      return `:rotating_light: GitHub refuses the App's private key, so Lockstep gets no token. ${WAITS} If the key was replaced, give the workers the new one and start them again.`;
    case 'suspended':
      return `:rotating_light: the App is suspended on ${outage.owner}, so Lockstep gets no token for its repositories. ${WAITS} An owner of ${outage.owner} can lift it in the settings of its GitHub Apps.`;
  }
}

export function outageOver(outage: Outage): string {
  const where = outage.why === 'key' ? '' : ` for the repositories of ${outage.owner}`;
  return `:white_check_mark: GitHub gives Lockstep tokens again${where}: it goes on.`;
}
