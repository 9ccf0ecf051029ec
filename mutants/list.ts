/** Every safety measure that is taken out. */
import { COMMITS } from './list/commits.ts';
import { DECISIONS } from './list/decisions.ts';
import { PUSHES } from './list/pushes.ts';
import { SANDBOX } from './list/sandbox.ts';
import { WORKFLOWS } from './list/workflows.ts';
import type { Mutant } from './mutant.ts';

export const MUTANTS: Mutant[] = [...PUSHES, ...DECISIONS, ...COMMITS, ...WORKFLOWS, ...SANDBOX];
