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
