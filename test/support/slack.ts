/** Slack's emulator, and what the team reads in its channels. */
import { createEmulator, type Emulator } from 'emulate';
import { freePort } from '../../server/local/temporal/server.ts';

export const HOOK = '/services/T000000001/B000000001/the-secret';

interface Answer {
  channels: { id: string }[];
  messages: { text: string }[];
}

export interface Slack {
  emulator: Emulator;
  webhookUrl: string;
  /** Messages of all channels, newest last in each. */
  read(): Promise<string[]>;
}

export async function startSlack(): Promise<Slack> {
  const emulator = await createEmulator({ service: 'slack', port: await freePort() });
  async function call(method: string, body: object): Promise<Answer> {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer someone' };
    const response = await fetch(`${emulator.url}/api/${method}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as Answer;
  }
  return {
    emulator,
    webhookUrl: `${emulator.url}${HOOK}`,
    async read() {
      const { channels } = await call('conversations.list', {});
      const histories = await Promise.all(channels.map(({ id }) => call('conversations.history', { channel: id })));
      return histories.flatMap(({ messages }) => messages.map(({ text }) => text).reverse());
    },
  };
}
