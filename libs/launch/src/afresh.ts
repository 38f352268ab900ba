import { createInterface } from 'node:readline/promises';
import { removeData, stackFolders } from '@medallion/devstack';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Removes the data of the local stack, after asking where there is somebody to ask. Parts that are not ours, such as a
 * database of DATABASE_URL, keep theirs.
 *
 * @returns whether the start goes on.
 * @throws MED_STACK_RUNNING
 */
export async function startAfresh(yes: boolean, env: Environment): Promise<boolean> {
  const folders = stackFolders(env);
  if (folders.length === 0) return true;
  if (!yes) {
    if (!process.stdin.isTTY || !process.stdout.isTTY) {
      console.error(`--fresh removes ${folders.join(' and ')}; say --yes as well, as nobody can be asked here`);
      return false;
    }
    if (!(await agreed(`Remove all local data in ${folders.join(' and ')}? [y/N] `))) return false;
  }
  await removeData(env);
  return true;
}

async function agreed(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const interrupt = new AbortController();
  prompt.on('SIGINT', () => interrupt.abort());
  prompt.on('close', () => interrupt.abort());
  try {
    return /^y(es)?$/i.test((await prompt.question(question, { signal: interrupt.signal })).trim());
  } catch {
    console.log('');
    return false;
  } finally {
    prompt.close();
  }
}
