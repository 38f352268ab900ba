import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The folder of Prometheus' files. */
export const PROMETHEUS_FOLDER = import.meta.dirname;

/** An alert as it is declared. */
export type AlertRule = {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

/** A recording rule as it is declared. */
export type RecordingRule = {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
};

type RuleFile = { readonly groups: readonly { readonly rules: readonly (AlertRule | RecordingRule)[] }[] };

const all = (): readonly (AlertRule | RecordingRule)[] =>
  globSync('rules/*.rules.yml', { cwd: PROMETHEUS_FOLDER }).flatMap((file) => {
    const { groups } = parse(readFileSync(join(PROMETHEUS_FOLDER, file), 'utf8')) as RuleFile;
    return groups.flatMap(({ rules }) => rules);
  });

/** Every alert, in the order of the file. */
export const alertRules = (): readonly AlertRule[] => all().filter((rule) => 'alert' in rule);

/** Every recording rule, in the order of the file. */
export const recordingRules = (): readonly RecordingRule[] => all().filter((rule) => 'record' in rule);
