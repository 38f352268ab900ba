import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { MedallionError, messageOf } from '@medallion/core';

/** Something that Maven brings, described by a pom in `maven/<name>`. */
export type Download = { readonly name: 'kafka' | 'registry'; readonly goal: string };

/** Named in full: the short form asks the network which plugin it means. */
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin';

export const kafkaDownload: Download = { name: 'kafka', goal: `${plugin}:3.8.1:copy-dependencies` };
export const registryDownload: Download = { name: 'registry', goal: `${plugin}:2.8:unpack` };

const pomOf = (download: Download): string => resolve(import.meta.dirname, '..', 'maven', download.name, 'pom.xml');

/** Where a download is kept; named after its pom, so that a changed version is fetched again. */
export const downloadFolder = (cache: string, download: Download): string => {
  const hash = createHash('sha256')
    .update(readFileSync(pomOf(download)))
    .digest('hex')
    .slice(0, 10);
  return join(cache, `${download.name}-${hash}`);
};

const runMaven = (
  maven: string,
  args: readonly string[],
  cwd: string,
  signal?: AbortSignal,
): Promise<string | undefined> =>
  new Promise((resolve) => {
    const child = spawn(maven, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], ...(signal ? { signal } : {}) });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('close', (code) => resolve(code === 0 ? undefined : output.trim() || `exit code ${code}`));
  });

/**
 * Fetches with Maven into the cache unless it is there. The folder appears under its name only when it is complete.
 *
 * @throws MED_FETCH_FAILED
 */
export const fetchWithMaven = async (
  cache: string,
  download: Download,
  maven: string,
  options: { readonly onStart: () => void; readonly signal: AbortSignal | undefined },
): Promise<string> => {
  const folder = downloadFolder(cache, download);
  if (existsSync(folder)) return folder;
  options.onStart();
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.part-`);
  try {
    // A copy of the pom: Maven writes its `target` beside it.
    copyFileSync(pomOf(download), join(work, 'pom.xml'));
    const output = join(work, 'content');
    const args = [
      '-q',
      '-B',
      '-Dstyle.color=never',
      '-f',
      join(work, 'pom.xml'),
      download.goal,
      `-DoutputDirectory=${output}`,
    ];
    const problem = await runMaven(maven, args, work, options.signal);
    if (problem !== undefined)
      throw new MedallionError('MED_FETCH_FAILED', {
        what: download.name,
        reason: problem.split('\n')[0]?.replace(/^.*\[ERROR\] /, '') ?? '',
      });
    try {
      renameSync(output, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // another process was faster: its copy is as good
    }
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
