/**
 * The tests of a changeset that runs beside attacks: they beat as evenly as they are let, and look after what is theirs. They end
 * well when the host says so (SIGUSR2), if nobody came and nothing was changed.
 */
export const NEIGHBOUR = 'neighbour';

/** What it says about itself at its end. */
export interface NeighbourSays {
  /** The longest time between two beats, in ms; a beat is due every 20. */
  pauses: { at: number; ms: number }[];
  /** Connections from others to its own sockets. */
  visitors: number;
  /** What of its own was changed by somebody else. */
  changed: string[];
}

/** A port of its own loopback, and an abstract socket, that attackers know. */
export const NEIGHBOUR_PORT = 4711;
export const NEIGHBOUR_SOCKET = 'lockstep-neighbour';

export function neighbourTest(secret: string): string {
  return `#!/usr/bin/env node
const { readFileSync, writeFileSync, readdirSync } = require('node:fs');
const net = require('node:net');
const secret = '${secret}';
const files = ['marker', '/tmp/marker', '/dev/shm/marker'];
for (const file of files) writeFileSync(file, secret, { mode: 0o666 });
const changed = new Set();
let visitors = 0;
for (const at of [{ port: ${NEIGHBOUR_PORT}, host: '0.0.0.0' }, { path: '\\0${NEIGHBOUR_SOCKET}' }])
  net.createServer((socket) => { visitors += 1; socket.end(secret); }).listen(at);
const pauses = [];
let last = Date.now();
let over = false;
process.on('SIGUSR2', () => { over = true; });
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGCONT']) process.on(signal, () => changed.add('got ' + signal));
const beat = setInterval(() => {
  const now = Date.now();
  if (now - last > 100) pauses.push({ at: now, ms: now - last });
  for (const file of files) {
    let found = '';
    try { found = readFileSync(file, 'utf8'); } catch (error) { found = error.code; }
    if (found !== secret) changed.add(file);
  }
  if (readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length > 3) changed.add('its processes');
  last = Date.now();
  if (!over) return;
  clearInterval(beat);
  const said = { pauses: pauses.sort((a, b) => b.ms - a.ms).slice(0, 50), visitors, changed: [...changed] };
  console.log('NEIGHBOUR ' + JSON.stringify(said));
  process.exit(visitors > 0 || changed.size > 0 ? 1 : 0);
}, 20);
console.log('the neighbour beats');
`;
}

export function readNeighbour(log: string): NeighbourSays | undefined {
  const said = /^NEIGHBOUR (.*)$/m.exec(log)?.[1];
  return said === undefined ? undefined : (JSON.parse(said) as NeighbourSays);
}
