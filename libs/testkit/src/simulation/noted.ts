import { changesSomething, type Weather } from './network.ts';
import type { Trace } from './trace.ts';

/** The same weather; requests that something happens to are noted in the trace, and those that change anything. */
export function noted(weather: Weather, trace: Trace): Weather {
  return (from, to, what) => {
    const fate = weather(from, to, what);
    const { requestMs, replyMs, cutMs, againAfterMs } = fate;
    if (requestMs === null || replyMs === null || againAfterMs !== undefined || requestMs > 1_000)
      trace.note(
        from.name,
        `${what}: arrives ${seconds(requestMs)}, answered ${seconds(replyMs)}, cut ${seconds(cutMs)}, again ${seconds(againAfterMs)}`,
      );
    else if (changesSomething(what) || /^(join|leave)/.test(what)) trace.note(from.name, what);
    return fate;
  };
}

const seconds = (ms: number | null | undefined): string =>
  ms === null ? 'never' : ms === undefined ? 'no' : `${(ms / 1_000).toFixed(3)} s`;
