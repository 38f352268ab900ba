import type { Commit } from '../contract/index.ts';
import type { Versions } from '../http/versions.ts';
import type { Channel } from '../parts.ts';

/** Says of every commit that there was one. Several within a moment are one message. */
export const commitChannel = (versions: Versions): Channel => ({
  name: 'commit',
  when: 'commit',
  everyMs: 0,
  onlyChanges: false,
  async read(pipeline): Promise<Commit> {
    const { version, committedAt, watermark } = await versions.current(pipeline);
    return { pipeline, version, committedAt, watermark };
  },
});
