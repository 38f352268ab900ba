// npm run test:guide: follows docs/operating/README.md on a stack of its own, block by block; `--print` shows the script.
import { spawn } from 'node:child_process';
import { guideScript } from '../tests/support/operating-guide.ts';

const script = guideScript();
if (process.argv.includes('--print')) console.log(script);
else {
  // A process group of its own, so that nothing that the guide started outlives it.
  const shell = spawn('bash', ['-c', script], { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const stop = (): void => {
    try {
      process.kill(-shell.pid!, 'SIGTERM');
    } catch {
      // All of it has ended.
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  shell.once('close', (code) => {
    stop();
    console.log(
      code === 0 ? 'Every step of the guide did what it says.' : `A step of the guide failed (code ${code}).`,
    );
    process.exitCode = code === 0 ? 0 : 1;
  });
}
