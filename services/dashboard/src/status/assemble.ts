import { type Instant, isoString } from '@medallion/core';
import type { StopNote } from '@medallion/runtime';
import type { Status, TableStatus, Trouble } from '../contract/index.ts';
import type { CatalogueFacts, KnownTable } from './catalogue-facts.ts';
import type { ControlFacts } from './control-facts.ts';
import { agesOf } from './freshness.ts';
import { countText, secondsText } from './number-text.ts';
import type { Combined, ReaderWatch } from './reader-watch.ts';
import { edgeKey, type Readers } from './readers.ts';
import type { ServicesLook } from './services-watch.ts';
import { STALLED_AFTER_MS, stateOf, worstOf } from './state.ts';
import { type StoppedFlow, stoppedFlows, stopTrouble } from './stopped-flows.ts';

/** Everything that a status is made of. */
export type Known = {
  readonly catalogue: CatalogueFacts;
  readonly control: ControlFacts;
  /** What of `control` is later than it was read: nothing, but where Postgres is away. */
  readonly sinceControlMs: number;
  /** Null where the pipeline's declaration is not here. */
  readonly readers: Readers | null;
  /** Null where the log does not answer. */
  readonly watch: ReaderWatch | null;
  readonly triggered: boolean;
  /** Rows accepted per second, by table. */
  readonly acceptedPerSecond: ReadonlyMap<string, number | null>;
  readonly services: ServicesLook;
  /** Flows that the log has a note of, as stopped. */
  readonly noted: readonly StopNote[];
  /** What is missing. */
  readonly troubles: readonly Trouble[];
  readonly at: Instant;
};

/** A status from what is known. Pure. */
export function statusOf(known: Known): Status {
  const stopped = stoppedFlows(known.services.stopped, known.noted, known);
  const tables = tableStatuses(known, stopped);
  const stalls = copyStalls(known);
  return {
    at: isoString(known.at),
    state: worstOf([...tables.map(({ state }) => state), ...(stalls.length > 0 ? (['stalled'] as const) : [])]),
    tables,
    edges: known.catalogue.edges.map(({ source, target }) => {
      const along = known.watch?.of(known.readers?.ofEdge.get(edgeKey(source, target)) ?? []) ?? null;
      return {
        source,
        target,
        recordsPerSecond: rounded(along?.readPerSecond ?? null),
        lagRecords: along?.lagRecords ?? null,
      };
    }),
    services: [...known.services.services],
    troubles: [...stopped.map(stopTrouble), ...stalls, ...known.troubles],
  };
}

function tableStatuses(known: Known, stops: readonly StoppedFlow[]): TableStatus[] {
  const { catalogue, control } = known;
  const stoppedIn = stoppedTables(known, stops);
  const combined = new Map(
    catalogue.tables.map(({ name }) => [name, known.watch?.of(known.readers?.ofTable.get(name) ?? []) ?? null]),
  );
  const names = catalogue.tables.map(({ name }) => name);
  const own = ownAges(known);
  const ages = agesOf(names, own, inputsOf(catalogue));
  return catalogue.tables.map((table): TableStatus => {
    const { name } = table;
    const read = combined.get(name) ?? null;
    const counted = control.counted.get(name);
    const judged = control.judged.get(name);
    const age = ages.get(name);
    const stopped = stoppedIn.get(name);
    return {
      table: name,
      ...stateOf({
        stopped: stopped === undefined ? null : { flow: stopped.flow, code: stopped.code },
        seen: counted !== undefined || read?.seen === true,
        triggered: known.triggered,
        lagRecords: read?.lagRecords ?? null,
        lagSeconds: read?.lagSeconds ?? null,
        unmovedMs: read?.unmovedMs ?? null,
        readPerSecond: read?.readPerSecond ?? null,
        quietMs: quietMs(known, name, read, own.get(name)),
      }),
      rowsPerSecond: rounded(rowsPerSecond(known, table, read)),
      accepted: counted?.accepted ?? null,
      quarantined: counted?.quarantined ?? null,
      lagRecords: read?.lagRecords ?? null,
      lagSeconds: rounded(read?.lagSeconds ?? null),
      watermark: watermarkOf(known, table),
      freshness:
        age === undefined
          ? null
          : {
              seconds: rounded(age.ms / 1_000) ?? 0,
              ...(age.from === name ? { origin: 'own', from: null } : { origin: 'inherited', from: age.from }),
            },
      judged: judged?.judged ?? 0,
      failed: judged?.failed ?? 0,
    };
  });
}

/** Tables with a flow that has stopped; of the gold service all that it fills. */
function stoppedTables({ readers, catalogue }: Known, stops: readonly StoppedFlow[]): ReadonlyMap<string, StoppedFlow> {
  const found = new Map<string, StoppedFlow>();
  for (const stopped of stops) {
    const tables =
      stopped.flow === 'gold'
        ? catalogue.tables.filter(({ kind }) => IN_POSTGRES.has(kind)).map(({ name }) => name)
        : (readers?.all ?? []).flatMap(({ flow, table }) => (flow?.name === stopped.flow ? [table] : []));
    const declared = catalogue.flows.filter(({ flow }) => flow === stopped.flow).map(({ table }) => table);
    for (const table of [...tables, ...declared]) if (!found.has(table)) found.set(table, stopped);
  }
  return found;
}

const IN_POSTGRES: ReadonlySet<string> = new Set(['materialized_view', 'relational_view', 'change_feed']);

/** Since something came: to what the table reads, into its counts, or as its newest row. */
function quietMs(known: Known, table: string, read: Combined | null, ownAge: number | undefined): number | null {
  const countedAt = known.control.counted.get(table)?.countedAt;
  const counted = countedAt === undefined ? null : sinceMs(known, countedAt);
  // What waits came after the newest row.
  const row = (read?.lagRecords ?? 0) > 0 ? null : (ownAge ?? null);
  const all = [counted, read?.quietMs ?? null, row].filter((each) => each !== null);
  // What was never seen to come did not come for as long as it is looked for.
  return all.length === 0 ? (read?.stillMs ?? null) : Math.min(...all);
}

const sinceMs = ({ control, sinceControlMs }: Known, at: Instant): number =>
  Math.max(0, control.now - at) + sinceControlMs;

/** The age of each table's newest row: as counted in Postgres, or sooner seen at the end of its own topic. */
function ownAges(known: Known): ReadonlyMap<string, number> {
  const leaseAges = new Map<string, number>();
  for (const { topic, updatedAt } of known.control.leases) {
    const age = sinceMs(known, updatedAt);
    leaseAges.set(topic, Math.min(age, leaseAges.get(topic) ?? age));
  }
  return new Map(
    known.catalogue.tables.flatMap(({ name, kind }) => {
      const acceptedAt = known.control.counted.get(name)?.acceptedAt ?? null;
      const own = known.readers?.ofOwnTopic.get(name);
      const seen = own === undefined ? null : (known.watch?.of([own])?.quietMs ?? null);
      // Nothing is counted of what is computed: its newest change is that of what it is computed from.
      const lease = kind === 'relational_view' || kind === 'change_feed' ? leaseAge(known, name, leaseAges) : null;
      const all = [acceptedAt === null ? null : sinceMs(known, acceptedAt), seen, lease].filter(
        (each) => each !== null,
      );
      return all.length === 0 ? [] : [[name, Math.min(...all)] as const];
    }),
  );
}

function leaseAge({ readers }: Known, table: string, ages: ReadonlyMap<string, number>): number | null {
  const topics = (readers?.ofTable.get(table) ?? []).map((id) => readers?.all.find((each) => each.id === id)?.topic);
  const some = topics.flatMap((topic) => ages.get(topic ?? '') ?? []);
  return some.length === 0 ? null : Math.min(...some);
}

function inputsOf({ edges, tables }: CatalogueFacts): ReadonlyMap<string, readonly string[]> {
  const names = new Set(tables.map(({ name }) => name));
  const inner = edges.filter(({ source }) => names.has(source));
  return new Map(
    [...Map.groupBy(inner, ({ target }) => target)].map(([to, those]) => [to, those.map((e) => e.source)]),
  );
}

/** A table with a topic of rows grows as that does, which the log knows at once; others as Postgres counts. */
function rowsPerSecond(known: Known, { name, kind }: KnownTable, read: Combined | null): number | null {
  if (kind === 'streaming_table') {
    const own = known.readers?.ofOwnTopic.get(name);
    const come = own === undefined ? null : (known.watch?.comePerSecond(own) ?? null);
    if (come !== null) return come;
  }
  const counted = known.acceptedPerSecond.get(name);
  if (counted !== undefined) return counted;
  return kind === 'relational_view' || kind === 'change_feed' ? (read?.readPerSecond ?? null) : null;
}

/** Through when windows over it are final; of a streaming table without windows the least watermark of its partitions. */
function watermarkOf({ control, catalogue, readers }: Known, { name, kind }: KnownTable): string | null {
  const source = kind === 'materialized_view' ? catalogue.edges.find(({ target }) => target === name)?.source : name;
  const final = control.final.get(source ?? name);
  if (final !== undefined) return isoString(final);
  const own = readers?.ofOwnTopic.get(source ?? name);
  const topic = readers?.all.find(({ id }) => id === own)?.topic;
  const marks = control.leases
    .filter((lease) => lease.topic === topic && !lease.idle)
    .map(({ watermark }) => watermark);
  const some = marks.filter((mark) => mark !== null);
  return some.length === 0 || some.length < marks.length ? null : isoString(Math.min(...some) as Instant);
}

/** Topics that the gold service has stopped to read: what Postgres shows of them is old (D11). */
function copyStalls({ readers, watch, triggered }: Known): readonly Trouble[] {
  if (readers === null || watch === null || triggered) return [];
  return readers.all.flatMap(({ id, topic, flow }): readonly Trouble[] => {
    const read = flow === null ? watch.of([id]) : null;
    if (read === null || read.unmovedMs === null || read.unmovedMs < STALLED_AFTER_MS) return [];
    const waiting = countText(read.lagRecords ?? 0, 'record');
    return [
      {
        severity: 'error',
        subject: topic,
        code: null,
        message: `${waiting} of ${topic} wait for Postgres, and none was read for ${secondsText(read.unmovedMs / 1_000)}`,
        remedy:
          'is gold-aggregate running? it goes on from its lease by itself; its log and /readyz say what holds it up',
      },
    ];
  });
}

const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 100) / 100);
