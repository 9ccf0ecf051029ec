/** How Temporal is reached, read by Temporal's own library; what it lets pass silently is looked at here. */
import { existsSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { type Environment, parseAddress, printed } from './values.ts';

export type TemporalConfig = ReturnType<typeof loadClientConnectConfig>;

/** The library takes any other word for *no*. */
const SWITCHES = ['TEMPORAL_TLS', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'];
const SWITCH_WORDS = ['true', '1', 'false', '0'];
const PLACES = ['PATH', 'DATA'];

export function readTemporal(env: Environment, problems: string[]): TemporalConfig {
  // What is set to nothing, as by a compose file, is not set.
  const set = Object.entries(env).filter(([name, value]) => !name.startsWith('TEMPORAL_') || value?.trim());
  const given = Object.fromEntries(set) as Record<string, string>;
  for (const name of SWITCHES) {
    const value = given[name];
    if (value !== undefined && !SWITCH_WORDS.includes(value)) {
      problems.push(`${name}: expected true or false, found ${printed(value)}`);
    }
  }
  const [cert, key] = ['CERT', 'KEY'].map((part) =>
    PLACES.some((place) => given[`TEMPORAL_TLS_CLIENT_${part}_${place}`]),
  );
  if (cert !== key) problems.push(`TEMPORAL_TLS_CLIENT_${cert ? 'KEY' : 'CERT'}_…: is not set, but its other half is`);
  const file = given.TEMPORAL_CONFIG_FILE;
  if (file !== undefined && !existsSync(file)) problems.push(`TEMPORAL_CONFIG_FILE: there is no file ${file}`);
  try {
    const config = loadClientConnectConfig({ overrideEnvVars: given });
    problems.push(...faultsOf(config));
    return config;
  } catch (error) {
    problems.push(`TEMPORAL_…: ${error instanceof Error ? error.message : String(error)}`);
    return { connectionOptions: {} };
  }
}

function faultsOf({ namespace, connectionOptions }: TemporalConfig): string[] {
  const { address, apiKey, tls } = connectionOptions;
  const parsed = address === undefined ? undefined : parseAddress(address);
  const isAddress = parsed !== undefined && parsed.host !== '' && parsed.port > 0;
  return [
    ...(address !== undefined && !isAddress ? [`TEMPORAL_ADDRESS: expected host:port, found ${printed(address)}`] : []),
    ...(namespace !== undefined && /\s/.test(namespace)
      ? [`TEMPORAL_NAMESPACE: expected a name without spaces, found ${printed(namespace)}`]
      : []),
    ...(typeof apiKey === 'string' && /[^\x21-\x7e]/.test(apiKey)
      ? ['TEMPORAL_API_KEY: expected one word without spaces or line breaks']
      : []),
    ...(typeof tls === 'object' && tls !== null ? tlsFaults(tls) : []),
  ];
}

function tlsFaults(tls: Exclude<TemporalConfig['connectionOptions']['tls'], boolean | null | undefined>): string[] {
  const { clientCertPair, serverRootCACertificate: ca } = tls;
  const text = (bytes: Uint8Array) => Buffer.from(bytes);
  try {
    createSecureContext({
      ...(clientCertPair && { cert: text(clientCertPair.crt), key: text(clientCertPair.key) }),
      ...(ca && { ca: text(ca) }),
    });
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [`TEMPORAL_TLS_…: expected certificates and a matching key in PEM form (${why})`];
  }
}
