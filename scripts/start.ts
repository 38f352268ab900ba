// npm start [-- OPTIONS]: the whole pipeline on this machine, and a view of what it does; --help tells the options.
import { launch } from '../libs/launch/src/index.ts';

process.exitCode = await launch(process.argv.slice(2), process.env);
