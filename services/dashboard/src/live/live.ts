import { type Clock, isMedallionError, isoString, type Log, MedallionError } from '@medallion/core';
import { troubleFor } from '../http/trouble-for.ts';
import type { Versions } from '../http/versions.ts';
import type { Channel } from '../parts.ts';
import { Broadcast } from './broadcast.ts';
import { commitChannel } from './commit-channel.ts';
import { frameOf, greeting } from './frames.ts';

/** Where one listener's stream goes. */
export type Sink = {
  /** False: it takes too little too slowly, or is gone. */
  write(frame: Buffer): boolean;
  end(): void;
};

/** Everybody who listens, and what they are told. */
export type Live = {
  /** The channels there are. */
  readonly channels: readonly string[];
  /**
   * Adds a listener to channels of one pipeline; call what it returns when it is gone.
   *
   * @throws MED_LIVE_FULL
   */
  join(pipeline: string, channels: readonly string[], sink: Sink): () => void;
  readonly listeners: number;
  /** Streams that were ended because they took too little. */
  readonly dropped: number;
  /** Ends all streams; nobody is let in any more. */
  close(): void;
};

type Options = {
  readonly versions: Versions;
  readonly channels: readonly Channel[];
  readonly clock: Clock;
  readonly log: Log;
  readonly maxListeners: number;
  /** Between two signs of life. */
  readonly pingMs: number;
};

type Joined = { readonly sink: Sink; readonly send: (frame: Buffer) => void };

/** Browsers wait so long before they come back after an end. */
const RETRY_MS = 1_000;

/** Opens the live channel. Postgres is asked only while somebody listens. */
export function createLive(options: Options): Live {
  const { versions, clock, log, maxListeners } = options;
  const channels = new Map([commitChannel(versions), ...options.channels].map((channel) => [channel.name, channel]));
  const broadcasts = new Map<string, Broadcast>();
  const all = new Set<Joined>();
  let unwatch: (() => void) | null = null;
  let pings: NodeJS.Timeout | undefined;
  let away: Buffer | null = null;
  let isClosed = false;
  let dropped = 0;

  const tellAll = (frame: Buffer): void => {
    for (const { send } of all) send(frame);
  };
  const broadcastOf = (id: string, channel: Channel, pipeline: string): Broadcast => {
    const known = broadcasts.get(id);
    if (known !== undefined) return known;
    const failed = (error: unknown): void => {
      const fields = { err: error, channel: channel.name, pipeline };
      const isStore = isMedallionError(error) && error.code === 'MED_STORE_UNAVAILABLE';
      if (!isStore) log.error(fields, 'a live channel could not be read');
      // While Postgres is away all of them say so.
      else if (away === null) log.warn(fields, 'a live channel could not be read');
    };
    const broadcast = new Broadcast({ channel, pipeline, clock, failed });
    broadcasts.set(id, broadcast);
    return broadcast;
  };
  const trouble = (error: unknown): void => {
    const at = isoString(clock.now());
    const frame = frameOf('trouble', JSON.stringify({ at, trouble: error === null ? null : troubleFor(error) }));
    away = error === null ? null : frame;
    tellAll(frame);
    if (error === null) for (const broadcast of broadcasts.values()) broadcast.changed();
  };
  const begin = (): void => {
    pings = setInterval(() => tellAll(frameOf('ping', JSON.stringify({ at: isoString(clock.now()) }))), options.pingMs);
    unwatch = versions.watch({
      changed(pipelines) {
        for (const [id, broadcast] of broadcasts)
          if (pipelines.includes((JSON.parse(id) as [string, string])[1])) broadcast.changed();
      },
      trouble,
    });
  };
  const rest = (): void => {
    clearInterval(pings);
    unwatch?.();
    unwatch = null;
    away = null;
    broadcasts.clear();
  };

  return {
    channels: [...channels.keys()],
    get listeners() {
      return all.size;
    },
    get dropped() {
      return dropped;
    },
    join(pipeline, names, sink) {
      if (isClosed || all.size >= maxListeners) throw new MedallionError('MED_LIVE_FULL', { limit: maxListeners });
      const joined: [id: string, broadcast: Broadcast][] = [];
      const leave = (): void => {
        if (!all.delete(listener)) return;
        for (const [id, broadcast] of joined) {
          broadcast.leave(listener);
          if (broadcast.size === 0 && broadcasts.get(id) === broadcast) broadcasts.delete(id);
        }
        if (all.size === 0) rest();
      };
      const listener: Joined = {
        sink,
        send(frame) {
          if (sink.write(frame)) return;
          if (all.has(listener)) dropped += 1;
          leave();
          sink.end();
        },
      };
      all.add(listener);
      if (all.size === 1) begin();
      listener.send(greeting(RETRY_MS));
      if (away !== null) listener.send(away);
      for (const name of new Set(names)) {
        const channel = channels.get(name);
        if (channel === undefined || !all.has(listener)) continue;
        const id = JSON.stringify([name, pipeline]);
        const broadcast = broadcastOf(id, channel, pipeline);
        joined.push([id, broadcast]);
        broadcast.join(listener);
      }
      return leave;
    },
    close() {
      isClosed = true;
      for (const { sink } of all) sink.end();
      for (const broadcast of broadcasts.values()) broadcast.stop();
      all.clear();
      rest();
    },
  };
}
