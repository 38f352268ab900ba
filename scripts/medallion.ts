// The `medallion` command: ./medallion --help.
import { medallion } from '../libs/cli/src/index.ts';

// Who has seen enough closes the pipe, as in `medallion status … | head`: nobody reads the rest.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await medallion(process.argv.slice(2), process.env);
