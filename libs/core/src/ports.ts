import type { Instant } from './time.ts';

/** Where the time comes from; the pure parts never ask for it, the shells ask this port. */
export interface Clock {
  now(): Instant;
  /** Milliseconds since some moment, which never jump, whatever becomes of `now`; absent: `now` does not jump either. */
  elapsedMs?(): number;
}

/** The machine's clock, which people and time servers set. */
export const systemClock: Clock = { now: () => Date.now() as Instant, elapsedMs: () => performance.now() };

/** Milliseconds to measure by how long something took, or whether it is due: the clock may be set meanwhile. */
export const elapsedMs = (clock: Clock): number => clock.elapsedMs?.() ?? clock.now();

/** Fields of a log line: pipeline, table, topic, partition, offset, code …; never payloads or credentials. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where structured log lines go; pino's order of arguments. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Drops every line; for tests that do not look at logs. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A number of this process alone, by which hash tables scatter so that nobody can choose keys that meet in them. */
export const processSeed: number = Math.floor(Math.random() * 0x1_0000_0000);
