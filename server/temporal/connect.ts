/** One way to reach Temporal, with the payload converter that never throws and the codec of large results. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { CommonConfig } from '../config.ts';
import { COMPRESSION } from './compression.ts';

export const WORKFLOWS_PATH = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
export const DATA_CONVERTER = {
  payloadConverterPath: fileURLToPath(new URL('../../workflows/payloads.cjs', import.meta.url)),
  payloadCodecs: [COMPRESSION],
};

export function namespaceOf(config: CommonConfig): string {
  return config.temporal.namespace ?? 'default';
}

export function createClient(config: CommonConfig, connection: Connection): Client {
  return new Client({ connection, namespace: namespaceOf(config), dataConverter: DATA_CONVERTER });
}

/** Connects at first use, so that the server answers (503) while Temporal is away. */
export function connectLazily(config: CommonConfig): Connection {
  return Connection.lazy(config.temporal.connectionOptions);
}

export function connectWorker(config: CommonConfig): Promise<NativeConnection> {
  const { address, tls, apiKey, metadata } = config.temporal.connectionOptions;
  return NativeConnection.connect({
    ...(address !== undefined && { address }),
    ...(tls !== undefined && tls !== null && { tls }),
    ...(typeof apiKey === 'string' && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  });
}
