import type { Ran } from './pnpm.ts';

/** How a check of the registry ended. `unknown` is not a pass: nobody has looked. */
export type Finding = {
  readonly check: string;
  readonly outcome: 'passed' | 'failed' | 'unknown';
  readonly says: string;
};

const parsed = (text: string): Readonly<Record<string, unknown>> | null => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
};

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What `pnpm audit signatures --json` found: packages whose signature by the registry is missing or wrong. */
export const signatures = ({ code, stdout, stderr }: Ran): Finding => {
  const check = 'signatures of the registry';
  const answer = parsed(stdout);
  if (answer === null) return { check, outcome: 'unknown', says: `no answer: ${stderr.trim().slice(0, 300)}` };
  const bad = [...listed(answer.invalid), ...listed(answer.missing)];
  if (bad.length > 0 || code !== 0)
    return {
      check,
      outcome: 'failed',
      says: `${bad.length} packages without a valid signature: ${JSON.stringify(bad).slice(0, 2_000)}`,
    };
  const audited = Number(answer.audited ?? 0);
  // A mirror that publishes no keys lets everything through: pnpm calls that a success, this does not.
  if (audited === 0)
    return { check, outcome: 'unknown', says: 'this registry publishes no signing keys, so nothing was verified' };
  return { check, outcome: 'passed', says: `${Number(answer.verified ?? 0)} of ${audited} packages verified` };
};

/** What `pnpm audit --prod --json` found: known vulnerabilities, of which high and critical ones fail. */
export const vulnerabilities = ({ stdout, stderr }: Ran): Finding => {
  const check = 'known vulnerabilities';
  const answer = parsed(stdout);
  const metadata = answer?.metadata;
  const counted =
    typeof metadata === 'object' && metadata !== null && 'vulnerabilities' in metadata
      ? metadata.vulnerabilities
      : null;
  if (typeof counted !== 'object' || counted === null) {
    const why = stderr
      .replace(/\s+/g, ' ')
      .replace(/https?:\/\/\S+/g, '…')
      .trim();
    return { check, outcome: 'unknown', says: `the registry gave no list: ${why.slice(0, 300)}` };
  }
  const counts = new Map(Object.entries(counted).map(([severity, count]) => [severity, Number(count)]));
  const grave = (counts.get('high') ?? 0) + (counts.get('critical') ?? 0);
  const says = [...counts].map(([severity, count]) => `${count} ${severity}`).join(', ');
  return { check, outcome: grave > 0 ? 'failed' : 'passed', says };
};
