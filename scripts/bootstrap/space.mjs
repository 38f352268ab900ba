import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { BootstrapError } from './steps.mjs';

/** @param {string} path @returns {string} */
const nearestExisting = (path) => (existsSync(path) ? path : nearestExisting(dirname(path)));

/**
 * Refuses to begin what a disk cannot hold: on a full one an installer may leave half a file, and say nothing.
 *
 * @param {string} path where it is to be
 * @param {number} neededMb
 * @param {string} remedy
 */
export const requireSpace = (path, neededMb, remedy) => {
  const { bavail, bsize } = statfsSync(nearestExisting(path));
  const freeMb = Math.floor((bavail * bsize) / 1_048_576);
  if (freeMb < neededMb)
    throw new BootstrapError(`the disk of ${path} has ${freeMb} MB free, ${neededMb} MB are needed`, remedy);
};
