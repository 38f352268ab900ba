import type { Status } from '../../api/contract.ts';
import { compact, count } from '../../format/numbers.ts';
import { LOOKS } from '../states.ts';
import type { ShownEdge } from './shown-graph.ts';

/** How an arrow looks: the wider and the faster, the more flows, on a scale that shows 1/s as well as 10,000/s. */
export type FlowLook = {
  /** Pixels. */
  readonly width: number;
  /** Seconds that a dash takes for its own length, null where nothing flows. */
  readonly seconds: number | null;
};

const GREATEST = 10_000;

export function flowLook(recordsPerSecond: number | null): FlowLook {
  if (recordsPerSecond === null || recordsPerSecond <= 0) return { width: 1.5, seconds: null };
  const share = Math.min(1, Math.log10(1 + recordsPerSecond) / Math.log10(1 + GREATEST));
  return { width: round(1.5 + 4.5 * share), seconds: round(2.4 - 1.9 * share) };
}

const round = (value: number): number => Math.round(value * 100) / 100;

type Flow = { readonly recordsPerSecond: number | null; readonly lagRecords: number | null };

/** What is known of an arrow: what flows on it, and whether what waits there waits too long. */
export type Along = Flow & { readonly late: boolean };

/** What is known of every arrow on show, by its id. */
export function flowsAlong(edges: readonly ShownEdge[], status: Status | null): ReadonlyMap<string, Along> {
  const flows = new Map(status?.edges.map((edge) => [`${edge.source} ${edge.target}`, edge]));
  const tones = new Map(status?.tables.map(({ table, state }) => [table, LOOKS[state].tone]));
  return new Map(
    edges.map(({ id, members }) => {
      const flow = together(members.flatMap(({ source, target }) => flows.get(`${source} ${target}`) ?? []));
      // A few records on their way are no trouble: the colour says that they wait too long.
      const troubled = members.some(({ target }) => ['warn', 'bad'].includes(tones.get(target) ?? ''));
      return [id, { ...flow, late: troubled && (flow.lagRecords ?? 0) > 0 }];
    }),
  );
}

/** What is written on an arrow: how much flows, and what waits; nothing where that is not known. */
export function flowText({ recordsPerSecond, lagRecords }: Flow): readonly string[] {
  if (recordsPerSecond === null) return [];
  const rate = recordsPerSecond < 100 ? compact(recordsPerSecond) : tight(recordsPerSecond);
  return [`${rate}/s`, ...((lagRecords ?? 0) > 0 ? [`lag ${tight(lagRecords ?? 0)}`] : [])];
}

/** In at most six letters. */
const tight = (n: number): string => (n < 9_999.5 ? count(n) : compact(n));

/** Several flows as one; null where none of them says anything. */
export function together(flows: readonly Flow[]): Flow {
  const sum = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  return {
    recordsPerSecond: sum(flows.map(({ recordsPerSecond }) => recordsPerSecond)),
    lagRecords: sum(flows.map(({ lagRecords }) => lagRecords)),
  };
}
