/**
 * `npm run audit`: what npm's registry knows against our dependencies; each finding is mended, or explained here. Ends with 1 when
 * one is neither, and with 75 when the registry could not be asked (`-- --if-reachable`: with 0, saying so).
 */
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';

/** Advisory → why it does not concern Lockstep. An entry that npm no longer reports is to be removed. */
const EXPLAINED: Record<string, string> = {};

/** sysexits.h EX_TEMPFAIL. */
const CANNOT_BE_ASKED = 75;

export interface Report {
  auditReportVersion?: number;
  message?: string;
  vulnerabilities?: Record<string, { via: (string | { title: string; url: string; severity: string })[] }>;
}

export interface Verdict {
  lines: string[];
  isClean: boolean;
}

/** `undefined`: the registry gave no report. */
export function judge(report: Report, explained: Record<string, string> = EXPLAINED): Verdict | undefined {
  if (report.auditReportVersion === undefined || report.vulnerabilities === undefined) return undefined;
  const found = new Map<string, string>();
  for (const [name, { via }] of Object.entries(report.vulnerabilities)) {
    for (const advisory of via) {
      if (typeof advisory === 'string') continue;
      found.set(
        advisory.url.slice(advisory.url.lastIndexOf('/') + 1),
        `${advisory.severity}: ${name}: ${advisory.title}`,
      );
    }
  }
  const lines = [...found].map(([id, what]) => {
    const why = explained[id];
    return why === undefined
      ? `${id} ${what}: raise the package, or explain it in scripts/audit.ts`
      : `${id} ${what} (explained: ${why})`;
  });
  const gone = Object.keys(explained).filter((id) => !found.has(id));
  return {
    lines: [
      ...lines,
      ...gone.map((id) => `${id} is explained in scripts/audit.ts, but no longer reported: remove it there`),
    ],
    isClean: [...found.keys()].every((id) => id in explained) && gone.length === 0,
  };
}

async function main(args: string[]): Promise<number> {
  const { stdout, stderr } = await execa('npm', ['audit', '--json'], { reject: false });
  const report = parsed(stdout);
  const verdict = judge(report);
  if (verdict === undefined) {
    const why = report.message ?? stderr.trim().split('\n').at(-1) ?? '';
    console.error(
      `audit: the registry gave no report, so nothing is known (${why}): run it where npm's registry is reached`,
    );
    return args.includes('--if-reachable') ? 0 : CANNOT_BE_ASKED;
  }
  for (const line of verdict.lines) console.log(line);
  console.log(verdict.isClean ? 'audit: clean' : 'audit: not clean');
  return verdict.isClean ? 0 : 1;
}

function parsed(text: string): Report {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return {};
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.slice(2));
}
