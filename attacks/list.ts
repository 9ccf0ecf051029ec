/** Every attack of `npm run attacks`. */
import type { Attack } from './attack.ts';
import { SECRETS } from './list/secrets.ts';

export const ATTACKS: Attack[] = [...SECRETS];
