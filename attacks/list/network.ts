/** Ways out: to the network, the host's loopback, sockets of others, the hypervisor. */
import { type Attack, shell, TRIED } from '../attack.ts';
import { NEIGHBOUR_PORT, NEIGHBOUR_SOCKET } from '../neighbour.ts';

/** A program in Node.js: `dial` says how a connection went, `GOT` where there was one. */
function dialler(lines: string): string {
  return `#!/usr/bin/env node
const net = require('node:net');
const dial = (what, at) => new Promise((resolve) => {
  const socket = net.connect(at);
  const end = (word) => { console.log(word); socket.destroy(); resolve(); };
  socket.setTimeout(3000, () => end('held: ' + what + ' timeout'));
  socket.on('connect', () => end('GOT ' + what)).on('error', (error) => end('held: ' + what + ' ' + error.code));
});
(async () => {
${lines}
  process.exit(${TRIED});
})();
`;
}

export const NETWORK: Attack[] = [
  {
    name: 'tcp-out',
    test: ({ address, port }) =>
      dialler(`
  for (const host of ['192.0.2.1', '1.1.1.1', '${address}', '169.254.169.254', '10.0.0.1'])
    for (const port of [80, ${port}]) await dial(host + ':' + port, { host, port });
  await dial('IPv6', { host: '2001:db8::1', port: 80 });`),
    tried: [/^held: 192\.0\.2\.1:80 ENETUNREACH$/m, /^held: 169\.254\.169\.254:80/m],
  },
  {
    name: 'loopback-of-the-host',
    test: ({ port, ports }) =>
      dialler(`
  for (const port of [${port}, ${ports.temporal}, ${ports.github}, ${ports.server}, ${NEIGHBOUR_PORT}])
    for (const host of ['127.0.0.1', '::1', '0.0.0.0']) await dial(host + ' ' + port, { host, port });`),
    tried: [/^held: 127\.0\.0\.1 \d+ ECONNREFUSED$/m],
  },
  {
    name: 'udp-and-dns',
    test: ({ address, port }) => `#!/usr/bin/python3
import socket
for host in ['${address}', '127.0.0.1', '8.8.8.8', '224.0.0.1', '255.255.255.255']:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    try:
        s.sendto(b'secret', (host, ${port}))
        print('sent to', host)
    except OSError as error:
        print('held:', host, error.strerror)
try:
    print('GOT', socket.getaddrinfo('github.com', 443))
except OSError as error:
    print('held: DNS', error)
for kind in [socket.SOCK_RAW]:
    try:
        socket.socket(socket.AF_INET, kind, 1)
        print('GOT a raw socket')
    except OSError as error:
        print('held: raw', error.strerror)
raise SystemExit(${TRIED})
`,
    tried: [/^held: 8\.8\.8\.8 Network is unreachable$/m, /^held: DNS/m, /^held: raw/m],
  },
  {
    name: 'unix-and-abstract-sockets',
    test: ({ unixSocket, abstractSocket }) =>
      dialler(`
  await dial('a Unix socket of the host', { path: '${unixSocket}' });
  await dial('an abstract socket of the host', { path: '\\0${abstractSocket}' });
  await dial('an abstract socket of the neighbour', { path: '\\0${NEIGHBOUR_SOCKET}' });
  for (const path of ['/var/run/docker.sock', '/run/systemd/private', '/run/dbus/system_bus_socket']) await dial(path, { path });`),
    tried: [/^held: a Unix socket of the host ENOENT$/m, /^held: an abstract socket of the host ECONNREFUSED$/m],
  },
  {
    name: 'other-families-of-sockets',
    test: () => `#!/usr/bin/python3
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
# All that there are: vsock is 40, AF_ALG 38, packet 17, bluetooth 31, XDP 44.
for family in range(3, 46):
    if family in (10, 16):
        continue
    for kind in (1, 2, 3, 5):
        fd = libc.socket(family, kind, 0)
        if fd >= 0:
            print('GOT family', family)
        elif kind == 1:
            print('held: family', family, errno.errorcode[ctypes.get_errno()])
raise SystemExit(${TRIED})
`,
    tried: [/^held: family 40 EAFNOSUPPORT$/m, /^held: family 38 EAFNOSUPPORT$/m, /^held: family 17 EAFNOSUPPORT$/m],
  },
  {
    name: 'a-network-of-its-own',
    test: () =>
      shell(`
try 'an address' ip addr add 192.0.2.2/24 dev lo
try 'a route' ip route add default dev lo
try 'a tunnel' sh -c 'exec 3<>/dev/net/tun'
grep -v -e '|' -e ' lo:' /proc/net/dev | sed 's/^/GOT /'
echo looked`),
    tried: [/^looked$/m],
  },
];
