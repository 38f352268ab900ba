// The `medallion` command: ./medallion --help.
import { medallion } from '../libs/cli/src/index.ts';

process.exitCode = await medallion(process.argv.slice(2), process.env);
