import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of its own below a folder, which can be filled to the last byte. */
export type SmallDisk = {
  /** Takes all of its space. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  unmount(): void;
};

const SIZE_BYTES = 4 * 2 ** 30;

/** Whether file systems can be mounted here: by root, where the kernel lets it. */
export function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = `/tmp/medallion-mount-${process.pid}`;
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Mounts a file system on `folder`, which is made; its bytes are in a sparse file `image`, so that empty ones cost nothing. */
export function mountSmallDisk(image: string, folder: string): SmallDisk {
  const file = openSync(image, 'w');
  ftruncateSync(file, SIZE_BYTES);
  closeSync(file);
  mkdirSync(folder, { recursive: true });
  execFileSync('mkfs.ext4', ['-q', '-m', '0', '-E', 'lazy_itable_init=1,lazy_journal_init=1', image]);
  execFileSync('mount', ['-o', 'loop', image, folder]);
  let mounted = true;
  const unmount = (): void => {
    if (!mounted) return;
    mounted = false;
    // Lazily, as whoever was killed may still be there for a moment.
    execFileSync('umount', ['-l', folder]);
    rmSync(image, { force: true });
  };
  process.once('exit', unmount);
  const ballast = join(folder, 'ballast');
  return {
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      execFileSync('fallocate', ['-l', String(Math.max(1, bavail - SPARE_BLOCKS) * bsize), ballast]);
      // What is left is taken block by block, as file systems keep some for their own lists.
      const more = openSync(`${ballast}.rest`, 'w');
      try {
        for (const block = Buffer.alloc(bsize, 1); ; ) writeSync(more, block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(more);
      }
    },
    free() {
      rmSync(ballast, { force: true });
      rmSync(`${ballast}.rest`, { force: true });
    },
    unmount,
  };
}

const SPARE_BLOCKS = 64;
