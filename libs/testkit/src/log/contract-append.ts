import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogRecord, OutRecord, RecordLog } from '@medallion/runtime';
import type { LogHarness } from './contract.ts';
import { append, fresh, numbered, setUp, text, texts, topicOf } from './contract-setup.ts';

async function only(log: RecordLog, topic: string, partition = 0): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for await (const records of log.read({ topic, partition }, 0)) found.push(...records);
  return found;
}

export function appendContract(make: () => Promise<LogHarness>): void {
  describe('append', () => {
    const { log } = setUp(make);

    it('resolves with the offset of the first record of each batch', async () => {
      const [one, two] = [await topicOf(log(), 2), await topicOf(log(), 1)];
      const appender = await log().appender();
      assert.deepEqual(
        await appender.append([numbered(one, 0, 3), numbered(one, 1, 2), numbered(two, 0, 1)]),
        [0, 0, 0],
      );
      assert.deepEqual(await appender.append([numbered(two, 0, 4), numbered(one, 0, 5)]), [1, 3]);
      assert.deepEqual(await appender.append([numbered(one, 0, 1), numbered(one, 1, 1)]), [8, 2]);
      await appender.close();
    });

    it('keeps the order of records within a batch, of batches of one partition and of appends', async () => {
      const topic = await topicOf(log(), 1);
      const appender = await log().appender();
      await appender.append([numbered(topic, 0, 700), numbered(topic, 0, 700, 700)]);
      assert.deepEqual(
        await appender.append([numbered(topic, 0, 5, 1_400), numbered(topic, 0, 5, 1_405)]),
        [1_400, 1_405],
      );
      await appender.close();
      assert.deepEqual(
        (await only(log(), topic)).map(({ value }) => Number(value)),
        Array.from({ length: 1_410 }, (_, i) => i),
      );
    });

    it('keeps null and empty keys and values, and headers as text and as bytes', async () => {
      const topic = await topicOf(log(), 1);
      const records: OutRecord[] = [
        { key: null, value: null, headers: {} },
        { key: Buffer.alloc(0), value: Buffer.alloc(0), headers: { empty: '' } },
        {
          key: Buffer.from('k'),
          value: Buffer.from([0, 255]),
          headers: { src: 'f/0/1-0', raw: Buffer.from([0, 128]) },
        },
        {
          key: null,
          value: text('é🎄').value,
          headers: { name: 'é🎄', ключ: 'x', ['__proto__']: 'own', constructor: 'c' },
        },
      ];
      await append(log(), { topic, partition: 0, records });
      const found = await only(log(), topic);
      assert.equal(found.length, 4);
      for (const [i, { key, value, headers, offset, timestampMs }] of found.entries()) {
        const sent = records[i]!;
        assert.equal(offset, i);
        assert.ok(Math.abs(Date.now() - timestampMs) < 60_000);
        assert.deepEqual(key && Buffer.from(key), sent.key);
        assert.deepEqual(value && Buffer.from(value), sent.value);
        assert.deepEqual(Object.keys(headers), Object.keys(sent.headers));
        for (const name of Object.keys(sent.headers))
          assert.deepEqual(Buffer.from(headers[name] as Buffer), Buffer.from(sent.headers[name] as string));
      }
    });

    it('takes a record of 900 KB, and a batch larger than the topic takes at once', async () => {
      const topic = await topicOf(log(), 1);
      const big = Buffer.alloc(900_000, 'b');
      const records = Array.from({ length: 12 }, (_, i) => ({ key: Buffer.from(`${i}`), value: big, headers: {} }));
      assert.deepEqual(await append(log(), { topic, partition: 0, records }, texts(topic, 0, 'last')), [0, 12]);
      const found = await only(log(), topic);
      assert.deepEqual(
        found.map(({ key, value }) => [key === null ? null : String(key), value?.length]),
        [...records.map((_, i) => [String(i), 900_000]), [null, 4]],
      );
    });

    it('of nothing resolves', async () => {
      const appender = await log().appender();
      assert.deepEqual(await appender.append([]), []);
      await appender.close();
    });

    it('that fails is MED_APPEND_FAILED, and so is every later one: its fate is unknown', async () => {
      const topic = await topicOf(log(), 1);
      const appender = await log().appender();
      await appender.append([texts(topic, 0, 'before')]);
      await assert.rejects(appender.append([texts(fresh('nothing'), 0, 'x')]), { code: 'MED_APPEND_FAILED' });
      await assert.rejects(appender.append([texts(topic, 0, 'after')]), { code: 'MED_APPEND_FAILED' });
      await appender.close();
      assert.deepEqual(
        (await only(log(), topic)).map(({ value }) => String(value)),
        ['before'],
      );
    });

    it('is refused after close, and close may be repeated', async () => {
      const topic = await topicOf(log(), 1);
      const appender = await log().appender();
      await appender.close();
      await appender.close();
      await assert.rejects(appender.append([texts(topic, 0, 'x')]), { code: 'MED_APPEND_FAILED' });
    });

    it('of one appender does not wait for another', async () => {
      const topic = await topicOf(log(), 1);
      const [one, two] = [await log().appender(), await log().appender()];
      const offsets = await Promise.all([one.append([numbered(topic, 0, 2)]), two.append([numbered(topic, 0, 2)])]);
      assert.deepEqual(offsets.flat().toSorted(), [0, 2]);
      await Promise.all([one.close(), two.close()]);
    });
  });
}
