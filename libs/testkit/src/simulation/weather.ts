import type { Fate, Server, Weather } from './network.ts';
import { type Fault, nameOf } from './scenario.ts';
import type { SimProcess } from './sim-process.ts';

type Storm = Extract<Fault, { kind: 'network' }>;

/** A usual answer takes so long, and now and then much longer. */
const USUAL_MS = [0.3, 4] as const;
const SLOW_MS = [10, 400] as const;
const SLOW_SHARE = 0.03;

/**
 * What the network does to each request: a few milliseconds, unless a storm is over it. What is chance in it comes from the
 * stream of the process that asks.
 *
 * @param now milliseconds since the run began
 */
export function weatherOf(storms: readonly Storm[], now: () => number): Weather {
  return (from, to, what) => {
    const { chance } = from;
    const usual = (): number => (chance.happens(SLOW_SHARE) ? chance.between(...SLOW_MS) : chance.between(...USUAL_MS));
    const calm: Fate = { requestMs: usual(), replyMs: usual() };
    for (const storm of storms)
      if (isOver(storm, from, to, what, now()) && chance.happens(storm.share)) return struck(storm, calm, from);
    return calm;
  };
}

function isOver(storm: Storm, from: SimProcess, to: Server, what: string, now: number): boolean {
  if (now < storm.atMs || now >= storm.atMs + storm.forMs) return false;
  if ((storm.to === 'log') !== to.startsWith('broker')) return false;
  if (storm.to !== 'log' && storm.to !== to) return false;
  return what.startsWith(storm.calls) && (storm.who === undefined || from.name.startsWith(`${nameOf(storm.who)}#`));
}

/** Where it is uneven, each is late in its own measure, so that requests overtake one another; of some, the answer is. */
const LATE_SHARE = [0.3, 1] as const;
const ANSWERS = 0.3;

function struck({ loss, ...storm }: Storm, calm: Fate, { chance }: SimProcess): Fate {
  const isUneven = storm.isUneven === true;
  const delayMs = isUneven ? storm.delayMs * chance.between(...LATE_SHARE) : storm.delayMs;
  switch (loss) {
    case 'request':
      return { ...calm, requestMs: null };
    case 'reply':
      return { ...calm, replyMs: null };
    case 'cut':
      // Never served, served before, or served long after the caller has gone on.
      return {
        requestMs: chance.pick([null, calm.requestMs, delayMs]),
        replyMs: null,
        cutMs: chance.between(0.5, 50),
      };
    case 'late':
      return isUneven && chance.happens(ANSWERS) ? { ...calm, replyMs: delayMs } : { ...calm, requestMs: delayMs };
    case 'again':
      return { ...calm, againAfterMs: chance.happens(0.5) ? delayMs : 0.5 };
  }
}
