/** A number of a `/metrics` page. */
export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));

const numberOf = (text: string): number =>
  text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);

/** Reads Prometheus' text format. Lines that are no samples are skipped: this is for a view, not for an alert. */
export function parsePrometheus(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const row of text.split('\n')) {
    const match = row.startsWith('#') ? null : SAMPLE.exec(row.trim());
    if (match === null) continue;
    const [, name = '', labelText = '', valueText = ''] = match;
    // No prototype: a label may have any name.
    const labels: Record<string, string> = Object.create(null);
    for (const [, label = '', escaped = ''] of labelText.matchAll(LABEL)) labels[label] = unescaped(escaped);
    samples.push({ name, labels, value: numberOf(valueText) });
  }
  return samples;
}
