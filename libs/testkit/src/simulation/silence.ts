import type { InputFile, Scenario } from './scenario.ts';

/**
 * The same scenario with a silence in it: what would come from outside after that moment comes so much later, but for files
 * that somebody is writing. What goes wrong goes wrong when it did.
 *
 * @param forMs how long, and how much longer it is silent in each partition, where that differs
 */
export function withSilence(
  scenario: Scenario,
  fromMs: number,
  forMs: number,
  longerMs: readonly number[] = [],
): Scenario {
  const later = <T extends { readonly atMs: number }>(each: T, moreMs = 0): T =>
    each.atMs < fromMs ? each : { ...each, atMs: each.atMs + forMs + moreMs };
  const { records, files } = scenario;
  const begun = new Set(files?.filter((file) => file.atMs < fromMs).map(({ path }) => path));
  const laterFile = (file: InputFile): InputFile => (begun.has(file.path) ? file : later(file));
  return {
    ...scenario,
    records: records.map((each) => later(each, longerMs[each.partition])),
    ...(files === undefined ? {} : { files: files.map(laterFile) }),
  };
}
