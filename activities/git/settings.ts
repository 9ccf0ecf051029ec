/**
 * What every git process gets: a closed environment and fixed settings, so that neither the host's configuration nor
 * a repository's content changes what git does, and the same inputs give the same commits everywhere.
 */
import { fileURLToPath } from 'node:url';
import type { GitOptions } from './options.ts';

const ASKPASS = fileURLToPath(new URL('./askpass.sh', import.meta.url));

const PASSED_ON = [
  'PATH',
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
];

/** `key=value` settings, given to each git as `-c`. */
export const SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.autocrlf=false',
  'core.eol=lf',
  'core.symlinks=true',
  'core.fileMode=true',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'core.quotePath=false',
  'credential.helper=',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'push.recurseSubmodules=no',
  'push.followTags=false',
  'push.gpgSign=false',
  'transfer.fsckObjects=true',
  // Faults of old, honest histories; none of them lets a tree escape its folder.
  'fetch.fsck.zeroPaddedFilemode=ignore',
  'fetch.fsck.missingSpaceBeforeDate=ignore',
  'fetch.fsck.badTimezone=ignore',
  // Small fetches stay packs: a killed one leaves no half of a history behind.
  'fetch.unpackLimit=1',
  'gc.auto=0',
  'maintenance.auto=false',
  'protocol.version=2',
  // A redirect could carry the token to another host.
  'http.followRedirects=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=30',
  'i18n.commitEncoding=UTF-8',
  'i18n.logOutputEncoding=UTF-8',
  'log.showSignature=false',
  'log.mailmap=false',
  // What a merge gives must not depend on the version's defaults.
  'merge.renames=true',
  'merge.directoryRenames=conflict',
  'merge.renameLimit=7000',
  'diff.algorithm=histogram',
];

export function settingArguments(): string[] {
  return SETTINGS.flatMap((setting) => ['-c', setting]);
}

/** The whole environment of one git process. */
export function gitEnvironment(options: GitOptions, token?: string): Record<string, string> {
  const given = options.environment ?? process.env;
  const environment: Record<string, string> = {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: (options.protocols ?? ['https']).join(':'),
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
  };
  for (const name of PASSED_ON) {
    const value = given[name];
    if (value !== undefined) environment[name] = value;
  }
  if (token !== undefined) {
    environment.GIT_ASKPASS = ASKPASS;
    environment.LOCKSTEP_GIT_TOKEN = token;
  }
  return environment;
}
