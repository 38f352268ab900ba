import assert from 'node:assert/strict';
import { type ErrorCode, isMedallionError, type Log, messageOf } from '@medallion/core';
import { createLogger } from '@medallion/service';
import { MARKER, SECRET } from '../hostile/marker.ts';

/** So many bytes of a line are looked at in a failure. */
const SHOWN = 400;

/**
 * What a service would have logged: the lines of its own logger, and every error that an entrance refused a case with. None
 * of it may hold what came in.
 */
export class Journal {
  readonly log: Log;
  /** How often each fate was met, for the record of a run. */
  readonly fates = new Map<string, number>();
  #lines: string[] = [];
  #allowed: readonly string[] = [];

  constructor() {
    const write = (line: string): void => void this.#lines.push(line);
    this.log = createLogger({ service: 'fuzz', version: '0', level: 'debug', to: { write } });
  }

  /** A case met this fate. */
  met(fate: string, cases = 1): void {
    this.fates.set(fate, (this.fates.get(fate) ?? 0) + cases);
  }

  /**
   * The entrance refused a case: with an error that has a code of the catalogue, or it is a crash. Whoever is refused at a
   * terminal or in an answer may read back what he sent (`echoes`); a log may not.
   */
  refused(error: unknown, { codes, echoes = false }: { codes?: readonly ErrorCode[]; echoes?: boolean } = {}): void {
    if (!isMedallionError(error)) throw new Error(`a crash: ${messageOf(error)}`, { cause: error });
    if (codes !== undefined) assert.ok(codes.includes(error.code), `an error of another kind: ${error.message}`);
    this.met(error.code);
    if (!echoes) this.log.error({ err: error }, 'refused');
  }

  /** What the lines since the last check may hold all the same. */
  allow(...texts: readonly string[]): void {
    this.#allowed = texts;
  }

  /** Fails when a line holds a payload or a secret. */
  check(): void {
    const lines = this.#lines;
    const allowed = this.#allowed;
    this.#lines = [];
    this.#allowed = [];
    for (const line of lines) {
      // Names of columns that a table was told to gain: part of its schema from then on, and identifiers all.
      if (line.includes('"event":"columns_added"')) continue;
      for (const hidden of [MARKER, SECRET].filter((each) => !allowed.includes(each)))
        assert.ok(!line.includes(hidden), `a log line holds ${hidden}: ${line.slice(0, SHOWN)}`);
    }
  }

  /** The lines since the last check. */
  get lines(): readonly string[] {
    return this.#lines;
  }
}
