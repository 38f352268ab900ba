import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { toLines } from './lines.ts';
import type { Sink } from './sink.ts';

/** Writes JSON lines to a file, replacing what was in it. */
export async function fileSink(path: string): Promise<Sink> {
  const file = await open(path, 'w');
  return {
    write: (records) => file.appendFile(toLines(records)),
    close: () => file.close(),
  };
}

/** Writes JSON lines to a stream, such as standard output; the stream stays open. */
export function streamSink(stream: Writable): Sink {
  stream.on('error', () => {}); // reported by the write that met it
  return {
    write: (records) =>
      new Promise((resolve, reject) => {
        stream.write(toLines(records), (error) => (error ? reject(error) : resolve()));
      }),
    close: async () => {},
  };
}
