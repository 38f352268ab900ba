import { type PipelinePlan, subjectsOf } from '@medallion/pipeline';
import type { LogRecord, PartitionBatch, RecordLog, RoundHandler, RowCodecs, TopicPartition } from '../ports/index.ts';
import { SRC } from '../protocol/coordinates.ts';
import { HEADER } from '../protocol/trace.ts';
import { redrivenFlowsOf } from '../redrive/redriven-flow.ts';
import { Erasures } from './erasures.ts';
import { fingerprintOf, type SubjectPlan, subjectPlan } from './person.ts';
import { type PersonTopic, personTopics } from './person-topics.ts';

/** What becomes of the reason that a refused record was given, which may quote it. */
const ERASED = 'erased';

/**
 * A log as the flows of a pipeline see it: records of persons who were erased, as far as topics still hold them, have
 * neither key nor value (SPEC Z3). So a rebuild from topics brings nobody back, and each such record leaves a trace
 * without payload, as one that cannot be read does: what is counted still adds up. Nobody reads twice what flows read
 * once, so this costs nothing but where they go back behind an erasure.
 */
export function withoutErased(log: RecordLog, plan: PipelinePlan, codecs: RowCodecs): RecordLog {
  if (subjectsOf(plan).length === 0) return log;
  const blanking = new Blanking(log, plan, codecs);
  return {
    ...log,
    subscribe: (options, handler) => log.subscribe(options, blankingHandler(handler, blanking)),
    async *read(at, from) {
      await blanking.look(at);
      for await (const records of log.read(at, from)) yield await blanking.records(at, records);
    },
  };
}

const blankingHandler = (handler: RoundHandler, blanking: Blanking): RoundHandler => ({
  open: async (at, committed) => {
    await blanking.look(at);
    return handler.open(at, committed);
  },
  process: async (round) => {
    const batches: PartitionBatch[] = [];
    for (const batch of round) batches.push({ ...batch, records: await blanking.records(batch, batch.records) });
    return handler.process(batches);
  },
  tick: () => handler.tick(),
  closed: (partitions) => handler.closed(partitions),
});

class Blanking {
  readonly #erasures: Erasures;
  readonly #plan: PipelinePlan;
  readonly #codecs: RowCodecs;
  readonly #subjects = new Map<string, Promise<Subject>>();
  readonly #holding: ReadonlySet<string>;

  constructor(log: RecordLog, plan: PipelinePlan, codecs: RowCodecs) {
    this.#erasures = new Erasures(log, plan.name);
    this.#plan = plan;
    this.#codecs = codecs;
    this.#holding = holdingTopics(plan);
  }

  /** Finds out who was erased, before a topic is read that may hold people. */
  async look({ topic }: TopicPartition): Promise<void> {
    if (this.#holding.has(topic)) await this.#erasures.load();
  }

  /** The same records, without what they say of persons who were erased. */
  async records(at: TopicPartition, records: readonly LogRecord[]): Promise<readonly LogRecord[]> {
    const end = this.#erasures.end(at);
    if (records.length === 0 || records[0]!.offset >= end) return records;
    let seen = records;
    const declared = new Set(subjectsOf(this.#plan));
    for (const name of this.#erasures.subjects) {
      if (!declared.has(name)) continue;
      const { subject, topics } = await this.#subject(name);
      const topic = topics.get(at.topic);
      if (topic === undefined) continue;
      await topic.prepare(seen.filter(({ offset }) => offset < end));
      seen = seen.map((record) => (this.#isErased(record, at, subject, topic) ? blank(record) : record));
    }
    return seen;
  }

  #isErased(record: LogRecord, at: TopicPartition, { subject }: SubjectPlan, topic: PersonTopic): boolean {
    if (record.offset >= this.#erasures.end(at)) return false;
    const persons = topic.personsOf(record) ?? [];
    for (const id of persons)
      if (this.#erasures.covers(fingerprintOf(this.#plan.name, { subject, id }), at, record.offset)) return true;
    return false;
  }

  #subject(name: string): Promise<Subject> {
    let found = this.#subjects.get(name);
    if (found === undefined) {
      const subject = subjectPlan(this.#plan, name);
      found = personTopics(this.#plan, subject, this.#codecs).then((topics) => ({
        subject,
        topics: new Map(topics.map((topic) => [topic.topic, topic])),
      }));
      this.#subjects.set(name, found);
    }
    return found;
  }
}

/** Append-only topics of the engine; changelogs hold nobody who was erased. */
const holdingTopics = (plan: PipelinePlan): ReadonlySet<string> =>
  new Set(
    plan.tables.flatMap((table) => {
      const beside = redrivenFlowsOf(plan, table).map(({ topic }) => topic);
      if (table.kind === 'streaming_table') return [table.topic, table.quarantineTopic, ...beside];
      return table.kind === 'keyed_table' ? [table.quarantineTopic, ...beside] : [];
    }),
  );

type Subject = { readonly subject: SubjectPlan; readonly topics: ReadonlyMap<string, PersonTopic> };

/** What is left of a record: its place, where it came from, and what the engine said of it. */
function blank({ offset, headers, timestampMs }: LogRecord): LogRecord {
  const kept: Record<string, Buffer | string> = {};
  for (const [name, header] of Object.entries(headers))
    if (name === SRC || name.startsWith('medallion.')) kept[name] = name === HEADER.reason ? ERASED : header;
  return { offset, key: null, value: null, headers: kept, timestampMs };
}
