import { asksForCommit, Messages, saysCommitted } from './postgres-messages.ts';
import type { Tap } from './proxy.ts';

/** When a connection is cut: before the server has the COMMIT, or after it was done and before the client knows. */
export type Moment = 'before it arrives' | 'after it was done';

/**
 * Cuts connections to Postgres at a COMMIT, `times` times in all, and leaves the others alone.
 *
 * @param cutNow told of each cut
 */
export function cutAtCommit(moment: Moment, times: number, cutNow: () => void): Tap {
  let left = times;
  return (cut) => {
    const asked = new Messages({ untyped: true });
    const answered = new Messages({ untyped: false });
    let doomed = false;
    const doom = (afterMs: number): void => {
      left--;
      doomed = true;
      setTimeout(() => {
        cutNow();
        cut();
      }, afterMs);
    };
    return {
      toServer(bytes, pass) {
        const messages = asked.push(bytes);
        const at = moment === 'before it arrives' && left > 0 ? messages.findIndex(asksForCommit) : -1;
        // What comes before it has arrived, as on a wire that breaks.
        const through = at < 0 ? messages : messages.slice(0, at);
        if (through.length > 0 && !doomed) pass(Buffer.concat(through.map((message) => message.bytes)));
        if (at >= 0 && !doomed) doom(WORK_MS);
      },
      toClient(bytes, pass) {
        const messages = answered.push(bytes);
        const at = moment === 'after it was done' && left > 0 ? messages.findIndex(saysCommitted) : -1;
        const through = at < 0 ? messages : messages.slice(0, at);
        if (through.length > 0 && !doomed) pass(Buffer.concat(through.map((message) => message.bytes)));
        if (at >= 0 && !doomed) doom(0);
      },
    };
  };
}

/** So long the server has for the statements before the COMMIT that never comes. */
const WORK_MS = 20;
