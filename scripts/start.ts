// npm start [-- OPTIONS]: the whole pipeline on this machine, and a view of what it does; --help tells the options.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Half of the time of a warm start is compiling; what was compiled once is kept, here and for the services.
enableCompileCache(fileURLToPath(new URL('../.medallion/compiled', import.meta.url)));
const { launch } = await import('../libs/launch/src/index.ts');

process.exitCode = await launch(process.argv.slice(2), process.env);
