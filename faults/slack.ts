/** An incoming webhook of Slack, as far as it is used: keeps what was said. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Slack {
  /** A secret: whoever has it can post. */
  url: string;
  messages: string[];
  stop(): Promise<void>;
}

export async function startSlack(): Promise<Slack> {
  const messages: string[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    messages.push((JSON.parse(text) as { text: string }).text);
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/services/T0/B0/${randomBytes(12).toString('hex')}`,
    messages,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
