import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** Fills a folder whole or not at all; one that is there stays. */
export async function once(kept: string, fill: (work: string) => Promise<void>): Promise<void> {
  if (existsSync(kept)) return;
  mkdirSync(dirname(kept), { recursive: true });
  const work = mkdtempSync(`${kept}-`);
  try {
    await fill(work);
    renameSync(work, kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
