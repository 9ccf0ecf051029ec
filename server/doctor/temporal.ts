/** The look at Temporal: whether it answers, has the namespace, and every search attribute. */
import { type Connection, isGrpcServiceError } from '@temporalio/client';
import type { Finding } from '../../src/doctor/finding.ts';
import { judgeTemporal, type TemporalFacts } from '../../src/doctor/machine.ts';
import type { CommonConfig } from '../config.ts';
import { connectLazily, namespaceOf } from '../temporal/connect.ts';
import { attributeFaults } from '../temporal/search-attributes.ts';

const DEADLINE_MS = 10_000;
/** grpc's NOT_FOUND. */
const NOT_FOUND = 5;

export async function lookAtTemporal(config: CommonConfig): Promise<Finding[]> {
  const connection = connectLazily(config);
  try {
    return judgeTemporal(await connection.withDeadline(Date.now() + DEADLINE_MS, () => factsOf(connection, config)));
  } finally {
    await connection.close().catch(() => undefined);
  }
}

async function factsOf(connection: Connection, config: CommonConfig): Promise<TemporalFacts> {
  const namespace = namespaceOf(config);
  const address = config.temporal.connectionOptions.address ?? 'localhost:7233';
  const known = { address, namespace, hasNamespace: false, attributes: [] };
  try {
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    const version = serverVersion ?? 'unknown';
    if (!(await hasNamespace(connection, namespace))) return { ...known, version };
    return { ...known, version, hasNamespace: true, attributes: await attributeFaults(connection, namespace) };
  } catch (error) {
    return { ...known, why: error instanceof Error ? error.message : String(error) };
  }
}

async function hasNamespace(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND) return false;
    throw error;
  }
}
