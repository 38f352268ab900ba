import { type Instant, isoString, MedallionError } from '@medallion/core';
import type { KeyedTablePlan, PipelinePlan } from '@medallion/pipeline';
import type { RecordLog, RowCodecs } from '../ports/index.ts';
import { eraseFromChangelog, type PersonInChangelog, scanChangelog } from './erase-changelog.ts';
import type { ErasedFromTable, ErasureStore, TableErasure } from './erasure-store.ts';
import { keepErasure } from './erasures.ts';
import { keptRecords } from './kept-records.ts';
import { fingerprintOf, isAbout, type Person, personOf, type SubjectPlan, subjectPlan } from './person.ts';
import { personTopics } from './person-topics.ts';
import { type Behind, behind, type Mark } from './readers.ts';
import { type PersonInTopic, scanTopic } from './scan-topic.ts';
import { type ErasedFromTopic, keptTopics, type LogTruncation, truncateTopics } from './truncate.ts';

/** What somebody is erased with. */
export type EraseParts = {
  readonly log: RecordLog;
  readonly codecs: RowCodecs;
  readonly store: ErasureStore;
  /** Deletes records from topics, where that is asked for. */
  readonly truncation: LogTruncation;
  readonly now: () => Instant;
  readonly sleep: (ms: number) => Promise<void>;
};

/** Who is erased, and how far. */
export type EraseRequest = {
  /** A subject that the pipeline declares: `customer`. */
  readonly subject: string;
  readonly id: string;
  /** Who asks for it. */
  readonly by: string;
  readonly dryRun?: boolean;
  /** Deletes records from append-only topics too, and with them older ones of others. */
  readonly truncate?: boolean;
  /** Records of the quarantine that nobody can read and that name the person go too. */
  readonly unreadable?: boolean;
  /** How long readers are waited for, in milliseconds. */
  readonly patienceMs?: number;
};

/** What was, or (`dryRun`) would be, erased where. */
export type Erased = {
  readonly pipeline: string;
  readonly subject: string;
  readonly dryRun: boolean;
  readonly topics: readonly ErasedFromTopic[];
  readonly tables: readonly ErasedFromTable[];
  /** Who stands in the way: of all of it in a dry run, of deleting records from topics else. */
  readonly behind: readonly Behind[];
};

const LOOK_EVERY_MS = 500;
const PATIENCE_MS = 30_000;

/**
 * Removes a person's data from a pipeline (SPEC Z1 to Z8):
 *
 *   look ─▶ wait for readers ─▶ keep that it was done ─▶ changelogs ─▶ Postgres, in one transaction ─▶ topics
 *
 * Each step may be done again: after a crash anywhere, the same call does the rest.
 *
 * @throws MED_CONFIG_INVALID, MED_ERASE_BEHIND before anything is erased, MED_APPEND_FAILED, MED_STORE_UNAVAILABLE
 */
export async function erase(parts: EraseParts, plan: PipelinePlan, request: EraseRequest): Promise<Erased> {
  const subject = subjectPlan(plan, request.subject);
  const person = personOf(subject, request.id);
  const work = new Erasing(parts, plan, subject, person, request);
  return request.dryRun ? work.look() : work.run();
}

class Erasing {
  readonly #parts: EraseParts;
  readonly #plan: PipelinePlan;
  readonly #subject: SubjectPlan;
  readonly #person: Person;
  readonly #request: EraseRequest;
  readonly #deadline: number;

  constructor(parts: EraseParts, plan: PipelinePlan, subject: SubjectPlan, person: Person, request: EraseRequest) {
    this.#parts = parts;
    this.#plan = plan;
    this.#subject = subject;
    this.#person = person;
    this.#request = request;
    this.#deadline = parts.now() + (request.patienceMs ?? PATIENCE_MS);
  }

  /** What would be done, in what state ever readers are. */
  async look(): Promise<Erased> {
    const { store, log } = this.#parts;
    const [topics, changelogs] = await this.#scan();
    const marks = [...marksOf(topics), ...changelogMarks(changelogs)];
    const late = await behind(log, this.#plan, await store.leases(), marks);
    const tables = await store.erase(await this.#tables([], true, []));
    return this.#answer(
      [...changelogs.flatMap((each) => fromChangelog(each)), ...keptTopics(topics, this.#request.truncate ?? false)],
      'behind' in tables ? [] : tables,
      late,
    );
  }

  async run(): Promise<Erased> {
    const { log } = this.#parts;
    const [topics, found] = await this.#scan();
    const marks = [...marksOf(topics), ...changelogMarks(found)];
    await this.#passed(marks);
    if (marks.length > 0) await this.#keep(topics);
    const ofGold = marksOf(topics.filter(({ kind }) => kind !== 'brought'));
    // Tried before anything is deleted; and the gold layer may be faster than the transaction that follows.
    const before = await this.#eraseTables([...ofGold, ...changelogMarks(found)], true);
    for (const table of this.#keyed()) await eraseFromChangelog(table, this.#changelogParts());
    // What was made of the person since, by a flow that had to read its changelog again, must have been read too.
    const after = await this.#scanChangelogs();
    const tables = await this.#eraseTables([...ofGold, ...changelogMarks(after)], false, before);
    const truncated = this.#request.truncate
      ? await truncateTopics(this.#parts.truncation, log, this.#plan, topics)
      : { topics: keptTopics(topics, false), behind: [] };
    return this.#answer(
      [...found.flatMap((each) => fromChangelog(each)), ...truncated.topics],
      tables,
      truncated.behind,
    );
  }

  #answer(topics: readonly ErasedFromTopic[], tables: readonly ErasedFromTable[], late: readonly Behind[]): Erased {
    const { subject, dryRun = false } = this.#request;
    return { pipeline: this.#plan.name, subject, dryRun, topics, tables, behind: late };
  }

  async #scan(): Promise<readonly [readonly PersonInTopic[], readonly PersonInChangelog[]]> {
    const topics: PersonInTopic[] = [];
    for (const topic of await personTopics(this.#plan, this.#subject, this.#parts.codecs)) {
      const found = await scanTopic(this.#parts.log, topic, this.#person);
      if (found !== null) topics.push(found);
    }
    return [topics, await this.#scanChangelogs()];
  }

  async #scanChangelogs(): Promise<readonly PersonInChangelog[]> {
    const found: PersonInChangelog[] = [];
    for (const table of this.#keyed()) {
      const changelog = await scanChangelog(table, this.#changelogParts());
      if (changelog !== null) found.push(changelog);
    }
    return found;
  }

  #keyed(): readonly KeyedTablePlan[] {
    return this.#plan.tables
      .filter((table) => table.kind === 'keyed_table')
      .filter((table) => isAbout(table, this.#subject));
  }

  #changelogParts() {
    const { log, codecs } = this.#parts;
    return { log, codecs, subject: this.#subject, person: this.#person };
  }

  /** Waits until everybody has read what there is of the person: what is read later could bring it back. */
  async #passed(marks: readonly Mark[]): Promise<void> {
    const { log, store } = this.#parts;
    for (;;) {
      const late = await behind(log, this.#plan, await store.leases(), marks);
      if (late.length === 0) return;
      await this.#again(late);
    }
  }

  async #again(late: readonly Behind[]): Promise<void> {
    const { now, sleep } = this.#parts;
    if (now() >= this.#deadline)
      throw new MedallionError('MED_ERASE_BEHIND', {
        pipeline: this.#plan.name,
        readers: late.map(behindText).join('\n'),
      });
    await sleep(LOOK_EVERY_MS);
  }

  /** Before anything is deleted: a replay must not bring back what this has begun to delete. */
  async #keep(topics: readonly PersonInTopic[]): Promise<void> {
    const { log, now } = this.#parts;
    const before = topics.map(({ topic, partitions }) => [topic, partitions.map(({ high }) => high)] as const);
    await keepErasure(log, this.#plan.name, {
      subject: this.#person.subject,
      fingerprint: fingerprintOf(this.#plan.name, this.#person),
      at: isoString(now()),
      by: this.#request.by,
      before: Object.fromEntries(before),
    });
  }

  async #eraseTables(marks: readonly Mark[], dryRun: boolean, found: readonly ErasedFromTable[] = []) {
    const erasure = await this.#tables(marks, dryRun, found);
    for (;;) {
      const erased = await this.#parts.store.erase(erasure);
      if (!('behind' in erased)) return erased;
      await this.#again(erased.behind);
    }
  }

  async #tables(marks: readonly Mark[], dryRun: boolean, found: readonly ErasedFromTable[]): Promise<TableErasure> {
    const topics = await personTopics(this.#plan, this.#subject, this.#parts.codecs);
    return {
      ...{ subject: this.#subject, person: this.#person, marks, dryRun, found, by: this.#request.by },
      fingerprint: fingerprintOf(this.#plan.name, this.#person),
      unreadable: this.#request.unreadable ?? false,
      isPersons: keptRecords(this.#plan, topics, this.#subject, this.#person),
    };
  }
}

/** Who is behind, for people. */
export const behindText = ({ reader, topic, partition, at, needs }: Behind): string =>
  `${reader} is at ${at} of ${topic}[${partition}], and needs to be at ${needs}`;

const marksOf = (topics: readonly PersonInTopic[]): readonly Mark[] =>
  topics.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition, last }) => (last === null ? [] : [{ topic, partition, needs: last.offset + 1 }])),
  );

const changelogMarks = (changelogs: readonly PersonInChangelog[]): readonly Mark[] =>
  changelogs.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition, last }) => (last === null ? [] : [{ topic, partition, needs: last + 1 }])),
  );

function fromChangelog({ topic, table, partitions }: PersonInChangelog): readonly ErasedFromTopic[] {
  return partitions
    .filter(({ rows }) => rows > 0)
    .map(({ partition, rows }) => ({
      ...{ topic, table, partition, records: rows, kind: 'changelog', action: 'deleted', until: null },
      note: 'by null values; compaction removes what stood before them, then the null values',
    }));
}
