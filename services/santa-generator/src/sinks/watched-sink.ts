import type { ServedProgram } from '@medallion/service';
import type { Sink } from './sink.ts';

/** A sink whose writes are counted in metrics and watched for progress; `target` names where the records go. */
export function watchedSink(sink: Sink, { metrics, progress }: ServedProgram, target: string): Sink {
  const counts = metrics.flow({ pipeline: 'santa-deliveries', table: target });
  return {
    async write(records) {
      const started = performance.now();
      progress.began(records.length);
      await sink.write(records);
      progress.idle();
      counts.recordsOut(records.length);
      counts.batchSeconds((performance.now() - started) / 1_000);
    },
    close: () => sink.close(),
  };
}
