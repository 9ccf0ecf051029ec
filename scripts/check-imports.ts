/** Says which imports go against the one-way rule between the rooms. */
import { readImports } from './imports.ts';
import { FOLDERS, roomFaults } from './rooms.ts';

const imports = await readImports('.', FOLDERS);
const faults = roomFaults(imports);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 && imports.length > 0 ? 0 : 1;
