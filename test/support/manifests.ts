import type { Configuration } from '../../src/manifest/readConfiguration.ts';

export const COORDINATOR = 'acme/coordinator';

export const configuration: Configuration = {
  repositories: ['acme/contracts', 'acme/api', 'acme/web'],
  defaults: {
    approval: 'required',
    timeoutMs: 1_800_000,
    approvalTimeoutMs: 604_800_000,
    limits: {},
    approvalByAuthor: false,
  },
  parallelism: 4,
  interference: 'repositories',
  notify: { slack: true },
};
