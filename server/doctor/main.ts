/** `npm run doctor`: looks at a set-up from outside, one line for each thing, and ends with 1 when something is wrong. */
import { findingLine, summary } from '../../src/doctor/finding.ts';
import {
  ConfigurationError,
  EXIT_CONFIGURATION,
  readControlConfig,
  readDoctorConfig,
  readServerConfig,
  readTestsConfig,
  readTogether,
} from '../config.ts';
import { examine } from './examine.ts';

async function main(): Promise<number> {
  const configs = readTogether(process.env, {
    server: readServerConfig,
    control: readControlConfig,
    tests: readTestsConfig,
    doctor: readDoctorConfig,
  });
  const findings = await examine(configs, (finding) => process.stdout.write(`${findingLine(finding)}\n`));
  const { line, isWell } = summary(findings);
  process.stdout.write(`${line}\n`);
  return isWell ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isConfiguration = error instanceof ConfigurationError;
    process.stderr.write(`${isConfiguration ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(isConfiguration ? EXIT_CONFIGURATION : 1);
  },
);
