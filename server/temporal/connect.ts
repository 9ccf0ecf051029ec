/** One way to reach Temporal, with the payload converter that never throws and the codec of large results. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import type { CommonConfig } from '../config.ts';
import { COMPRESSION } from './compression.ts';
import { createEncryption } from './encryption.ts';

/** Compiled as this file is, or not. */
export const WORKFLOWS_PATH = fileURLToPath(
  new URL(`../../workflows/index${extname(import.meta.url)}`, import.meta.url),
);
export const DATA_CONVERTER = {
  payloadConverterPath: fileURLToPath(new URL('../../workflows/payloads.cjs', import.meta.url)),
  payloadCodecs: [COMPRESSION],
};

const FAILURES_PATH = fileURLToPath(new URL('../../workflows/failures.cjs', import.meta.url));

/** The same for every process that speaks with one Temporal. */
export function dataConverterOf({ payloadKeys }: Pick<CommonConfig, 'payloadKeys'>): DataConverter {
  if (payloadKeys === undefined) return DATA_CONVERTER;
  return {
    ...DATA_CONVERTER,
    payloadCodecs: [COMPRESSION, createEncryption(payloadKeys)],
    failureConverterPath: FAILURES_PATH,
  };
}

export function namespaceOf(config: CommonConfig): string {
  return config.temporal.namespace ?? 'default';
}

export function createClient(config: CommonConfig, connection: Connection): Client {
  return new Client({ connection, namespace: namespaceOf(config), dataConverter: dataConverterOf(config) });
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
