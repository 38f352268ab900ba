import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { MedallionError } from '@medallion/core';
import type { FileFormat } from '@medallion/pipeline';
import type { AskedFor, Bound } from '@medallion/runtime';

type Flag = string | boolean | undefined;

/** The options of `medallion backfill`. */
export type Flags = {
  readonly files?: Flag;
  readonly format?: Flag;
  readonly topic?: Flag;
  readonly from?: Flag;
  readonly to?: Flag;
  readonly id?: Flag;
  readonly flow?: Flag;
  readonly by?: Flag;
  readonly abandon?: Flag;
  readonly wait?: Flag;
};

const wrong = (problems: string): MedallionError => new MedallionError('MED_CONFIG_INVALID', { problems });

/** What the options ask for, and the root of its files; null for a topic. @throws MED_CONFIG_INVALID */
export async function askedFor(flags: Flags): Promise<{ readonly from: AskedFor; readonly root: string | null }> {
  const { files, topic } = flags;
  if ((typeof files === 'string') === (typeof topic === 'string'))
    throw wrong('say where the records are: either --files or --topic');
  if (typeof topic === 'string') {
    if (flags.format !== undefined) throw wrong('--format: a topic has the format of the table, as it is declared');
    const [from, to] = [boundOf('--from', flags.from), boundOf('--to', flags.to)];
    return { from: { kind: 'topic', topic, from, to }, root: null };
  }
  if (flags.from !== undefined || flags.to !== undefined) throw wrong('--from and --to are for --topic');
  const { root, pattern } = await placeOf(files as string);
  return { from: { kind: 'files', url: root, pattern, format: formatOf(flags.format, pattern) }, root };
}

/** The same files or range of a topic are the same backfill, whoever asks. */
export const defaultId = (table: string, from: AskedFor): string =>
  createHash('sha256')
    .update(JSON.stringify([table, from]))
    .digest('hex')
    .slice(0, 12);

/** A day (its start in UTC), or a time with its zone. */
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

function boundOf(option: string, given: Flag): Bound | null {
  if (typeof given !== 'string') return null;
  if (/^\d{1,15}$/.test(given)) return { offset: Number(given) };
  const timeMs = TIME.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(timeMs))
    throw wrong(`${option}: "${given}" is neither an offset nor a time such as 2025-12-24T00:00:00Z`);
  return { timeMs };
}

/** A folder, one file, or a pattern of files. */
async function placeOf(given: string): Promise<{ readonly root: string; readonly pattern: string }> {
  const cut = given.lastIndexOf('/');
  const last = given.slice(cut + 1);
  if (/^(s3|file):\/\//.test(given)) {
    const whole = last === '' || !(last.includes('*') || last.includes('.'));
    return whole ? { root: given, pattern: '*' } : { root: given.slice(0, cut), pattern: last };
  }
  const path = resolve(given);
  if (last.includes('*')) return { root: dirname(path), pattern: basename(path) };
  const found = await stat(path).catch(() => null);
  if (found === null) throw wrong(`--files: there is no ${path}`);
  return found.isDirectory() ? { root: path, pattern: '*' } : { root: dirname(path), pattern: basename(path) };
}

const FORMATS: Readonly<Record<string, FileFormat>> = {
  json_lines: { kind: 'json_lines' },
  json: { kind: 'json' },
  csv: { kind: 'csv', delimiter: ',' },
  parquet: { kind: 'parquet' },
};

const BY_ENDING: Readonly<Record<string, string>> = { jsonl: 'json_lines', ndjson: 'json_lines' };

function formatOf(given: Flag, pattern: string): FileFormat {
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(pattern)?.[1]?.toLowerCase() ?? '';
  const name = typeof given === 'string' ? given : (BY_ENDING[ending] ?? ending);
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format === undefined)
    throw wrong(
      `--format: ${given === undefined ? 'not told by the name' : `"${String(given)}" is none`}; one of ${Object.keys(FORMATS).join(', ')}`,
    );
  return format;
}
