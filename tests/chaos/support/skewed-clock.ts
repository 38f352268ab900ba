import { readFileSync } from 'node:fs';

/**
 * A preload (`node --import`) that shifts what this process takes for the time by the milliseconds in CHAOS_CLOCK_FILE, which
 * is read again five times a second: so a clock can jump while the program works. Each jump is a line of the log, as a program
 * may have nothing else to say for minutes.
 *
 * It shifts `Date`: Date.now() and new Date(), and with them log lines, the time stamps of records, and all of the engine,
 * which asks core's systemClock. It does not shift what is measured rather than told: performance.now(), process.hrtime(),
 * timers; nor what others say: the time of files, of brokers and Postgres, of certificates (OpenSSL asks the system).
 */
const LOOK_EVERY_MS = 200;
const file = process.env.CHAOS_CLOCK_FILE;
const realNow = Date.now;
let skewMs = 0;

function look(): void {
  try {
    const before = skewMs;
    skewMs = Number(readFileSync(file as string, 'utf8')) || 0;
    if (skewMs !== before) console.log(JSON.stringify({ level: 'info', time: new Date(), msg: 'the clock jumped' }));
  } catch {
    // It is just being written, or gone with the run: the last one holds.
  }
}

if (file !== undefined && file !== '') {
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
  class SkewedDate extends Date {
    constructor(...given: readonly unknown[]) {
      super(...((given.length === 0 ? [realNow() + skewMs] : given) as [number]));
    }
    static override now(): number {
      return Math.floor(realNow() + skewMs);
    }
  }
  globalThis.Date = SkewedDate as DateConstructor;
}
