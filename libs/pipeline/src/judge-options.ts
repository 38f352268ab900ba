import type { Report } from './mistakes.ts';

/** Judges a duration in milliseconds. */
export function judgeDuration(what: string, ms: number, leastMs: number, report: Report): void {
  if (!Number.isSafeInteger(ms) || ms < leastMs)
    report(
      `${what} is ${ms} ms`,
      leastMs === 0 ? 'give a duration, such as minutes(5)' : `give at least ${leastMs} ms`,
    );
}

/** Judges the version of a table. */
export function judgeVersion(version: number, report: Report): void {
  if (!Number.isSafeInteger(version) || version < 1) report(`its version is ${version}`, 'use a whole number from 1');
}
