/** What an invariant is, and how all of them are judged. */
import type { Happened } from './happened.ts';

export type Part = Exclude<keyof Happened, 'commits'>;

export interface Invariant {
  /** Its number in the protocol, and a short name. */
  number: number;
  name: string;
  /** What must hold, in one sentence. */
  sentence: string;
  needs: Part[];
  /** One sentence for each violation. */
  check(happened: Required<Happened>): string[];
}

export interface Violation {
  invariant: string;
  sentence: string;
}

export interface Judgement {
  violations: Violation[];
  judged: string[];
  /** Never silently passed: what the caller did not know. */
  notJudged: { invariant: string; lacks: Part[] }[];
}

export function judge(invariants: Invariant[], happened: Happened): Judgement {
  const judgement: Judgement = { violations: [], judged: [], notJudged: [] };
  for (const { number, name, needs, check } of invariants) {
    const invariant = `${number} ${name}`;
    const lacks = needs.filter((part) => happened[part] === undefined);
    if (lacks.length > 0) {
      judgement.notJudged.push({ invariant, lacks });
      continue;
    }
    judgement.judged.push(invariant);
    const sentences = check(happened as Required<Happened>);
    judgement.violations.push(...sentences.map((sentence) => ({ invariant, sentence })));
  }
  return judgement;
}
