import { fuzzTest } from './engine/fuzz-test.ts';
import { expressionsOnPostgres } from './entrances/expressions-postgres.ts';

fuzzTest(expressionsOnPostgres);
