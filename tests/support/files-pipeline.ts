import { files, jsonLines, nonEmpty, type PipelinePlan, pipeline, streamingTable } from '@medallion/pipeline';
import { double, long, row, string } from '@medallion/schema';

/** Partitions of the table and of its file log. */
export const PARTITIONS = 6;

/** A table fed by files of JSON lines, for the proof that every row of them is in it once. */
export const filesPipeline = (name: string): PipelinePlan =>
  pipeline(name, {
    tables: [
      streamingTable('bronze_orders')
        .from(
          files('orders', {
            pattern: '*.json',
            format: jsonLines(
              row('RawOrder', { order_id: string(), file: long(), n: long(), amount: double(), note: string() }),
            ),
            key: 'order_id',
            partitions: PARTITIONS,
            readers: PARTITIONS,
          }),
        )
        .expectOrQuarantine('has_id', 'order_id', nonEmpty),
    ],
  });
