import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** How the generator ended: its exit code and what it said. */
export type Sent = { readonly code: number | null; readonly said: string };

/** The generator sends so many events, as a process of its own with this environment. */
export function sendDeliveries(
  { events, seed }: { readonly events: number; readonly seed: number },
  env: Readonly<Record<string, string>>,
): Promise<Sent> {
  const args = ['--seed', String(seed), '--events', String(events), '--rate', 'max', '--quality', 'clean'];
  const program = join(import.meta.dirname, '../../services/santa-generator/src/main.ts');
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { env: { PATH, HOME, ...env } });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += String(chunk);
      });
    child.once('close', (code) => resolve({ code, said }));
  });
}
