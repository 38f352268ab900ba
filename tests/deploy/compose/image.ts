import { spawn } from 'node:child_process';
import { createGzip } from 'node:zlib';
import { docker } from './compose.ts';

/** The size of an image in megabytes of 10^6 bytes, as `docker image inspect` has it. */
export const imageMb = async (image: string): Promise<number> =>
  Math.round(Number(await docker('image', 'inspect', '-f', '{{.Size}}', image)) / 1e6);

/** What of an image has to be pulled, in megabytes: its layers, compressed as registries have them. */
export async function compressedMb(image: string): Promise<number> {
  const save = spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  for await (const chunk of save.stdout.pipe(createGzip())) bytes += (chunk as Buffer).length;
  return Math.round(bytes / 1e6);
}

/** The images of containers that came from no registry: they were made on this machine, whatever they are called. */
export async function madeHere(containers: readonly string[]): Promise<readonly string[]> {
  const names = (await docker('inspect', '-f', '{{.Config.Image}}', ...containers)).split('\n');
  const made: string[] = [];
  for (const name of new Set(names))
    if ((await docker('image', 'inspect', '-f', '{{len .RepoDigests}}', name)) === '0') made.push(name);
  return made.toSorted();
}

/** Makes another image of one, which differs by a label: what an upgrade is to compose. */
export async function labelled(image: string, as: string): Promise<void> {
  const container = await docker('create', image);
  await docker('commit', '-c', 'LABEL medallion.check=next', container, as);
  await docker('rm', container);
}
