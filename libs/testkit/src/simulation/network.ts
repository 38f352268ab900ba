import type { Schedule } from '../log/schedule.ts';
import type { SimProcess } from './sim-process.ts';

/** A server that processes talk to: a broker by its number, or one of the others. */
export type Server = `broker ${number}` | 'postgres' | 'registry' | 'files';

/** Why there is no answer. The fate of the request is unknown to the caller but where the server refused to talk. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** What becomes of one request. */
export type Fate = {
  /** Until it arrives; null: it never does. */
  readonly requestMs: number | null;
  /** Until the answer is back; null: it never is. */
  readonly replyMs: number | null;
  /** The connection breaks so long after the request was sent, and the caller hears of it. */
  readonly cutMs?: number;
  /** It arrives once more so much later. */
  readonly againAfterMs?: number;
};

/** What the weather of the network does to a request. */
export type Weather = (from: SimProcess, to: Server, what: string) => Fate;

/** What a caller asks of the network. */
export type Call<T> = {
  readonly to: Server;
  readonly what: string;
  /** Runs at the server when the request arrives. */
  readonly serve: () => T | Promise<T>;
  /** The caller gives up after so long. */
  readonly timeoutMs: number;
};

/** Whether a request of that description changes something, and does not only ask. */
export const changesSomething = (what: string): boolean => /^(append|commit|checkpoint of|acquire)/.test(what);

/** Carries requests from processes to servers, and their answers back, as fast and as well as the weather lets it. */
export class Network {
  readonly #schedule: Schedule;
  readonly #weather: Weather;
  readonly #isUp: (server: Server) => boolean;
  readonly #broken: (error: unknown) => void;
  #changesUnderWay = 0;

  /** @param broken told of errors that are faults of a simulated server itself */
  constructor(
    schedule: Schedule,
    weather: Weather,
    isUp: (server: Server) => boolean,
    broken: (error: unknown) => void,
  ) {
    this.#broken = broken;
    this.#schedule = schedule;
    this.#weather = weather;
    this.#isUp = isUp;
  }

  /** Requests that change something, and have not reached their servers. */
  get changesUnderWay(): number {
    return this.#changesUnderWay;
  }

  /** @throws NetworkError, and what the server throws */
  call<T>(from: SimProcess, { to, what, serve, timeoutMs }: Call<T>): Promise<T> {
    from.asks(what);
    const fate = this.#weather(from, to, what);
    const isDone = { value: false };
    return new Promise<T>((resolve, reject) => {
      const settle = (afterMs: number, outcome: () => void): void => {
        this.#schedule(afterMs, () =>
          from.deliver(() => {
            if (isDone.value) return;
            isDone.value = true;
            giveUp();
            outcome();
          }),
        );
      };
      const giveUp = from.timer(timeoutMs, () => {
        isDone.value = true;
        reject(new NetworkError(`${to} did not answer in time`));
      });
      const { requestMs, replyMs, cutMs, againAfterMs } = fate;
      if (cutMs !== undefined) settle(cutMs, () => reject(new NetworkError(`connection to ${to} was closed`)));
      if (requestMs === null) return;
      const request = { to, serve, changes: changesSomething(what) ? 1 : 0 };
      this.#arrive(requestMs, request, (answer) => {
        if (replyMs !== null) settle(replyMs, () => answer.then(resolve, reject));
      });
      if (againAfterMs !== undefined) this.#arrive(requestMs + againAfterMs, request, () => {});
    });
  }

  #arrive<T>(
    afterMs: number,
    { to, serve, changes }: Pick<Call<T>, 'to' | 'serve'> & { readonly changes: number },
    answer: (reply: Promise<T>) => void,
  ): void {
    this.#changesUnderWay += changes;
    this.#schedule(afterMs, () => {
      this.#changesUnderWay -= changes;
      if (!this.#isUp(to)) answer(refused(to));
      else {
        const reply = served(serve);
        // The answer leaves when it is there.
        const leave = (): void => answer(reply);
        reply.then(leave, (error: unknown) => {
          if (error instanceof TypeError || error instanceof ReferenceError) this.#broken(error);
          leave();
        });
      }
    });
  }
}

const refused = (to: Server): Promise<never> => {
  const reply = Promise.reject(new NetworkError(`${to} refuses connections`));
  reply.catch(() => {});
  return reply;
};

async function served<T>(serve: () => T | Promise<T>): Promise<T> {
  return serve();
}
