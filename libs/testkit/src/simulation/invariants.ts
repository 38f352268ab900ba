import { flowsOf } from '@medallion/pipeline';
import { coordinateOf } from '@medallion/runtime';
import { placeKey } from '../log/memory-group.ts';
import { goldTopics } from './caught-up.ts';
import type { Look, Violation } from './world.ts';

/**
 * What holds of any pipeline at any moment, whatever its tables say: watermarks never go back and final rows never change
 * (I3), the group's offset is never ahead of the lease (I5), leases and their epochs never go back (I1) and are never past
 * the end of their log, no partition counts as idle whose records have just come (W5), and an output partition has every
 * coordinate of its source first in increasing order (P3).
 *
 * A failover takes back what was committed: what was seen before it is forgotten then.
 */
export class Invariants {
  readonly #watermarks = new Map<string, number>();
  readonly #next = new Map<string, number>();
  readonly #final = new Map<string, string>();
  readonly #epochs = new Map<string, number>();
  /** When each lease was looked at last, milliseconds since the run began. */
  readonly #looked = new Map<string, number>();
  #failovers = 0;

  check(look: Look, failovers: number): readonly Violation[] {
    if (failovers !== this.#failovers) {
      this.#failovers = failovers;
      for (const seen of [this.#watermarks, this.#next, this.#final, this.#epochs, this.#looked]) seen.clear();
    }
    const found: Violation[] = [];
    const add = (invariant: string, what: string): void => void found.push({ invariant, what });
    this.#leases(look, add);
    this.#finalRows(look, add);
    if (failovers === 0) groupOffsets(look, add);
    coordinates(look, add);
    return found;
  }

  #leases({ cluster, database, scenario: { settings } }: Look, add: Add): void {
    const now = cluster.now();
    for (const { topic, partition, epoch, next, state } of database.leases) {
      const at = placeKey({ topic, partition });
      const [watermark, offset] = [this.#watermarks.get(at), this.#next.get(at)];
      if (watermark !== undefined && state.watermark < watermark)
        add('I3 watermark', `that of ${topic}[${partition}] went back from ${watermark} to ${state.watermark}`);
      if (offset !== undefined && next < offset)
        add('I1 lease', `that of ${topic}[${partition}] went back from ${offset} to ${next}`);
      const high = cluster.partition({ topic, partition })?.high ?? 0;
      if (next > high) add('I1 lease', `that of ${topic}[${partition}] is at ${next}, and the log ends at ${high}`);
      if (epoch < (this.#epochs.get(at) ?? 0))
        add('I1 epoch', `that of ${topic}[${partition}] went back from ${this.#epochs.get(at)} to ${epoch}`);
      if (state.idle && offset !== undefined && next > offset && now - this.#looked.get(at)! < settings.idleTimeoutMs)
        add('W5 idle', `${topic}[${partition}] counts as idle, and was at ${offset} until just now, and is at ${next}`);
      this.#epochs.set(at, epoch);
      this.#looked.set(at, now);
      this.#watermarks.set(at, state.watermark);
      this.#next.set(at, next);
    }
  }

  #finalRows({ plan, database }: Look, add: Add): void {
    for (const table of plan.tables) {
      if (table.kind !== 'materialized_view' || database.viewOf(table.name) === null) continue;
      const keys = ['window_start', ...table.groupBy.map(({ name }) => name)];
      const own = new Set([...keys, ...table.aggregates.map(({ name }) => name), 'is_final']);
      const now = new Map<string, string>();
      for (const row of database.rows(table.name))
        if (row.is_final === true)
          now.set(
            `${table.name} ${JSON.stringify(keys.map((name) => row[name]))}`,
            // Ranks and running totals speak of other rows too.
            JSON.stringify(Object.entries(row).filter(([name]) => own.has(name))),
          );
      for (const [key, row] of this.#final)
        if (key.startsWith(`${table.name} `) && now.get(key) !== row)
          add('I3 final row', `${key} was ${row}, and is ${now.get(key) ?? 'gone or not final any more'}`);
      for (const [key, row] of now) this.#final.set(key, row);
    }
  }
}

type Add = (invariant: string, what: string) => void;

function groupOffsets({ plan, cluster, database }: Look, add: Add): void {
  const { checkpoints } = cluster.group(`${plan.name}.gold`);
  const next = new Map(database.leases.map((lease) => [placeKey(lease), lease.next]));
  for (const [place, { offset }] of checkpoints)
    if (offset > (next.get(place) ?? 0))
      add('I5 group offset', `${place}: ${offset}, the lease ${next.get(place) ?? 0}`);
}

/**
 * P3: what a reader skips, as it is not greater, must have been there before. What was written in a term that is over (P10)
 * counts for nobody.
 */
function coordinates({ plan, cluster }: Look, add: Add): void {
  const flows = new Set(plan.tables.flatMap(flowsOf).map(({ name }) => name));
  // A changelog's coordinates are places in itself (K1).
  const changelogs = new Set(plan.tables.map((table) => (table.kind === 'keyed_table' ? table.changelogTopic : '')));
  for (const topic of goldTopics(plan).filter((each) => !changelogs.has(each)))
    cluster.topic(topic)?.forEach(({ archive }, partition) => {
      const sources = new Map<string, Seen>();
      for (const record of archive) {
        const src = coordinateOf(record);
        if (src === null || !flows.has(src.flow)) {
          add('P2 coordinate', `${topic}[${partition}] offset ${record.offset} has none`);
          continue;
        }
        const { offset, index, term = 0 } = src;
        const source = `${src.flow} ${src.partition}`;
        const seen = sources.get(source) ?? { term: 0, offset: -1, index: -1, places: new Set() };
        sources.set(source, seen);
        if (term < seen.term) continue;
        seen.term = term;
        if (offset < 0) continue; // a fence
        const place = `${offset}:${index}`;
        if (offset > seen.offset || (offset === seen.offset && index > seen.index)) {
          Object.assign(seen, { offset, index });
          seen.places.add(place);
        } else if (!seen.places.has(place))
          add(
            'P3 order',
            `${topic}[${partition}] offset ${record.offset}: its source ${String(record.headers.src)} is skipped`,
          );
      }
    });
}

/** What a reader of a partition has seen of a flow's source partition: its greatest term and coordinate, and all that counted. */
type Seen = { term: number; offset: number; index: number; readonly places: Set<string> };
