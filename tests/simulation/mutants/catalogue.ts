import { BY_KEY } from './by-key.ts';
import { FILES } from './files.ts';
import { JOINS } from './joins.ts';
import { LOG_TO_LOG } from './log-to-log.ts';
import { LOG_TO_STORE } from './log-to-store.ts';
import type { Mutant } from './mutant.ts';
import { PORTS } from './ports.ts';
import { RELATIONAL } from './relations.ts';

/** All deliberate defects. */
export const CATALOGUE: readonly Mutant[] = [
  ...LOG_TO_LOG,
  ...LOG_TO_STORE,
  ...PORTS,
  ...BY_KEY,
  ...FILES,
  ...RELATIONAL,
  ...JOINS,
];
