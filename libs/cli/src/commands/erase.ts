import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { MedallionError, systemClock } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import { createRegistryCodecs, createTruncation } from '@medallion/kafka';
import { tableText } from '@medallion/launch';
import { createErasureStore } from '@medallion/postgres';
import { behindText, type Erased, erase } from '@medallion/runtime';
import { type Answer, EXIT, type Surroundings } from '../answer.ts';
import { databaseUrlOf, kafkaOf, registryOf, withLog } from '../connect.ts';

type Flag = string | boolean | undefined;
type Flags = {
  readonly customer?: Flag;
  readonly subject?: Flag;
  readonly dryRun?: Flag;
  readonly truncate?: Flag;
  readonly allow?: Flag;
  readonly wait?: Flag;
  readonly by?: Flag;
};

/**
 * `medallion erase`: removes a person's data from every table, topic copy and quarantine that the engine keeps, and shows
 * what it did. Exit code 3 when something stays that a flag or a later run would remove.
 */
export async function erasePerson([name]: readonly string[], flags: Flags, around: Surroundings): Promise<Answer> {
  const plan = await loadPipeline(name as string);
  const { subject, id } = whom(flags);
  const databaseUrl = databaseUrlOf(around);
  const store = createErasureStore({ databaseUrl, plan });
  const truncation = createTruncation(kafkaOf(around));
  try {
    const erased = await withLog(around, (log) =>
      erase(
        {
          ...{ log, store, truncation, now: systemClock.now },
          codecs: createRegistryCodecs(registryOf(around)),
          sleep: async (ms) => void (await sleep(ms, undefined, { signal: around.signal })),
        },
        plan,
        {
          ...{ subject, id, by: typeof flags.by === 'string' ? flags.by : userInfo().username },
          dryRun: flags.dryRun === true,
          truncate: flags.truncate === true,
          unreadable: allowed(flags.allow),
          patienceMs: secondsOf(flags.wait) * 1_000,
        },
      ),
    );
    return { data: erased, lines: lines(erased), exit: isWhole(erased) ? EXIT.fine : EXIT.checksFailed };
  } finally {
    await Promise.all([store.close(), truncation.close()]);
  }
}

const invalid = (problems: string): MedallionError => new MedallionError('MED_CONFIG_INVALID', { problems });

/** `--customer 17` is short for `--subject customer=17`. */
function whom({ customer, subject }: Flags): { readonly subject: string; readonly id: string } {
  if (typeof customer === 'string' && subject === undefined) return { subject: 'customer', id: customer };
  const [, name, id] = (typeof subject === 'string' && customer === undefined && /^([^=]+)=(.+)$/.exec(subject)) || [];
  if (name === undefined || id === undefined) throw invalid('say whom: --customer 17, or --subject employee=17');
  return { subject: name, id };
}

function allowed(allow: Flag): boolean {
  if (allow === undefined) return false;
  if (allow !== 'unreadable') throw invalid(`--allow: "${String(allow)}" is not unreadable`);
  return true;
}

function secondsOf(wait: Flag): number {
  const seconds = Number(wait ?? 30);
  if (!(seconds >= 0)) throw invalid(`--wait: "${String(wait)}" is no number of seconds`);
  return seconds;
}

/** Whether nothing is left that only waits for a flag or a reader. */
const isWhole = ({ behind, tables }: Erased): boolean =>
  behind.length === 0 && !tables.some(({ action, rows }) => action === 'kept' && rows > 0);

function lines({ dryRun, topics, tables, behind, subject }: Erased): readonly string[] {
  const done = [
    ...tables.map(({ table, kind, rows, action, note = '' }) => ({
      where: table,
      kind,
      rows,
      action,
      until: '',
      note,
    })),
    ...topics.map(({ topic, partition, kind, records, action, until, note = '' }) => ({
      ...{ where: `${topic}[${partition}]`, kind, rows: records, action, until: until?.slice(0, 10) ?? '', note },
    })),
  ];
  const shown = done.filter(({ rows, note }) => rows > 0 || note !== '');
  return [
    ...(shown.length === 0 ? [`nothing of this ${subject} was found`] : tableText(shown)),
    ...(behind.length === 0
      ? []
      : [
          dryRun
            ? 'It would wait for these readers:'
            : 'Not deleted from topics, as these flows rebuild their state from them:',
        ]),
    ...behind.map((each) => `  ${behindText(each)}`),
    ...(dryRun ? ['Nothing was changed: --dry-run.'] : []),
  ];
}
