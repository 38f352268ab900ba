import assert from 'node:assert/strict';
import fc from 'fast-check';
import { medallion } from '../../../libs/cli/src/index.ts';
import { entrance } from '../engine/fuzz.ts';
import { SECRET } from '../hostile/marker.ts';
import { CODE, hostileText, INHERITED, NUMBERS, TIMES } from '../hostile/texts.ts';

/** Commands that do what they do on this machine alone, or need a Kafka and a Postgres that nobody gives them here. */
const COMMANDS = [
  'validate',
  'graph',
  'lineage',
  'acls',
  'plan',
  'migrate',
  'refresh',
  'run',
  'backfill',
  'status',
  'skip',
  'resume',
  'erase',
  'quarantine',
  'send',
  'help',
  '--help',
  '--version',
] as const;
const FLAGS = [
  '--json',
  '--format',
  '--openlineage',
  '--runs',
  '--make',
  '--only',
  '--prefix',
  '--cluster',
  '--allow',
  '--dry-run',
  '--sources',
  '--full',
  '--allow-loss',
  '--with-late',
  '--by',
  '--once',
  '--file',
  '--files',
  '--topic',
  '--from',
  '--to',
  '--id',
  '--flow',
  '--abandon',
  '--no-wait',
  '--reason',
  '--customer',
  '--subject',
  '--truncate',
  '--wait',
  '--where',
  '--limit',
  '--table',
  '--',
  '-',
  '-x',
  '--__proto__',
  '--constructor=1',
  '--help',
] as const;
const PIPELINES = [
  'santa-deliveries',
  'lakeflow-customers',
  'nothing-of-this-name',
  '../../package',
  'santa-deliveries/pipeline',
] as const;
const PLACES = [
  'santa.deliveries.raw:0:17',
  'x:y:z',
  'a:-1:5',
  'a:0:9007199254740993',
  ':::',
  'silver_santa_deliveries',
] as const;

const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<string>(...PIPELINES, ...PLACES) },
  { weight: 4, arbitrary: fc.constantFrom<string>(...FLAGS) },
  { weight: 2, arbitrary: fc.constantFrom<string>(...COMMANDS, 'ls', 'show', 'redrive', 'mermaid', 'strimzi', 'json') },
  { weight: 1, arbitrary: fc.constantFrom<string>(...NUMBERS, ...TIMES, ...INHERITED, ...CODE) },
  { weight: 1, arbitrary: hostileText.map((text) => text.slice(0, 300)) },
);
const args = fc
  .tuple(fc.constantFrom<string>(...COMMANDS), fc.array(word, { maxLength: 6 }))
  .map(([command, more]) => [command, ...more]);

/** It would wait for what is typed, and stand there: with a file it does not. */
const reads = (given: readonly string[]): boolean => given.includes('send') && !given.includes('--file');
/** It asks other machines, whatever their names are. */
const asks = (given: readonly string[]): boolean => given.some((each) => each.startsWith('--send'));

/**
 * Settings with which nothing is connected to: what gets so far is refused for them. A stack that runs on this machine must not
 * be told to erase somebody.
 */
const NOWHERE = {
  ...{ KAFKA_BROKERS: '127.0.0.1:1', KAFKA_SASL_MECHANISM: 'none-of-them', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' },
  ...{ SCHEMA_REGISTRY_PASSWORD: SECRET, DATABASE_URL: 'nowhere', MEDALLION_HOME: '/nowhere', PATH: process.env.PATH },
};

const CRASHES =
  /\b(TypeError|RangeError|ReferenceError|is not a function|is not iterable|Cannot read|Cannot destructure|of undefined|call stack|invariant)\b/;

export const cli = entrance({
  name: 'cli-arguments',
  about: 'arguments of ./medallion, through its own parser, to the point where it needs a Kafka or a Postgres',
  cases: args.filter((given) => !reads(given) && !asks(given)),
  together: 50,
  async judge(batch, journal) {
    const { exitCode } = process;
    try {
      for (const given of batch) {
        let out = '';
        let said = '';

        const exit = await medallion(given, NOWHERE, {
          out: (text) => {
            out += text;
          },
          say: (text) => {
            said += text;
          },
        });
        assert.ok([0, 1, 2, 3].includes(exit), `exit ${exit}`);
        // What was typed is quoted; what is left is what the command says itself.
        const own = given.reduce((text, each) => (each.length > 3 ? text.replaceAll(each, '') : text), said);
        assert.ok(!CRASHES.test(own), `a crash of ${JSON.stringify(given)}: ${said.slice(0, 500)}`);
        assert.ok(exit === 0 || exit === 3 || said + out !== '', 'it failed and said nothing');
        assert.ok(!`${out}${said}`.includes(SECRET), 'it tells a secret');
        journal.met(`exit ${exit}`);
      }
    } finally {
      process.exitCode = exitCode;
    }
  },
});
