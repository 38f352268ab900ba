import { dirname, join } from 'node:path';
import { isMedallionError, messageOf, systemClock } from '@medallion/core';
import { dataFolder, type ProgressEvent, type Stack, startStack } from '@medallion/devstack';
import type { PipelinePlan } from '@medallion/pipeline';
import { createGoldReader } from '@medallion/postgres';
import { CommanderError } from 'commander';
import { startAfresh } from './afresh.ts';
import { Board } from './board.ts';
import {
  claimFleet,
  DASHBOARD,
  type Fleet,
  type FleetOptions,
  generatorOf,
  preparerOf,
  SERVICES,
  startFleet,
} from './fleet.ts';
import { helpOf } from './help.ts';
import { type Interrupts, listenForInterrupts } from './interrupts.ts';
import { loadPlan } from './load-plan.ts';
import { type LaunchOptions, parseOptions } from './options.ts';
import { buildPage } from './page-build.ts';
import { problem } from './problems.ts';
import { repeat } from './repeat.ts';
import { type Reporter, reporterFor } from './reporter.ts';
import { duration } from './view/format.ts';
import { FIRST_ROW, stepBegun, stepDone, stepsAfter } from './view/steps.ts';
import { watch } from './watch.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const EXIT = { fine: 0, failed: 1, usage: 2, interrupted: 130 } as const;
/** The checkout that this package is part of. */
const ROOT = join(import.meta.dirname, '../../..');
const TICK_MS = 250;
/** A part of the stack that ended is given so long before it is started again. */
const PART_PAUSE_MS = 2_000;
/** Once the services are ready, the first row is awaited for so long before the dashboard is started. */
const FIRST_ROW_MS = 3_000;
/** The end by force does not wait longer. */
const KILL_MS = 3_000;

/**
 * What `npm start` does: starts the stack and the services of a pipeline, shows what they do until it is told to stop,
 * and then stops what it started. Gives the exit code: 0 fine, 1 failed, 2 usage.
 *
 * @example process.exitCode = await launch(process.argv.slice(2), process.env)
 */
export async function launch(args: readonly string[], env: Environment): Promise<number> {
  let options: LaunchOptions;
  try {
    options = parseOptions(args, env);
  } catch (error) {
    if (!(error instanceof CommanderError)) console.error(messageOf(error));
    return error instanceof CommanderError && error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  }
  try {
    if (options.fresh && !(await startAfresh(options.yes, env))) return EXIT.usage;
  } catch (error) {
    console.error(messageOf(error));
    return EXIT.failed;
  }
  return new Launch(options, env).run();
}

/** starting ─everything is up, or the first row is there─▶ running ─signal─▶ stopping; a failure stops from anywhere. */
class Launch {
  readonly #options: LaunchOptions;
  readonly #env: Environment;
  readonly #interrupts: Interrupts = listenForInterrupts();
  /** Ends the questions and the picture. */
  readonly #over = new AbortController();
  readonly #board: Board;
  readonly #reporter: Reporter;
  readonly #fleetOptions: FleetOptions;
  readonly #home: string;
  /** Steps whose end was told. */
  readonly #told = new Set<string>();
  #stack: Stack | undefined;
  #fleet: Fleet | undefined;
  #runningMs: number | undefined;
  /** Since the process began. */
  readonly #ms = (): number => performance.now();

  constructor(options: LaunchOptions, env: Environment) {
    this.#options = options;
    this.#env = env;
    this.#home = dirname(dataFolder(env));
    const generator = generatorOf(options.pipeline);
    // Without events it still makes the input topic, which the services wait for.
    const generatorArgs = options.generator ? options.generatorArgs : ['--events', '0'];
    this.#board = new Board(options.pipeline, [
      ...SERVICES.map(({ name }) => name),
      ...(options.dashboardPort === null ? [] : [DASHBOARD]),
    ]);
    this.#fleetOptions = {
      root: ROOT,
      folder: join(this.#home, 'services'),
      logs: join(this.#home, 'logs'),
      landing: join(this.#home, 'files'),
      pipeline: options.pipeline,
      generator: generator && { name: generator.name, args: [...generator.args, ...generatorArgs] },
      metricsPort: options.metricsPort,
      dashboardPort: options.dashboardPort,
      onNote: (text) => this.#note(text),
    };
    this.#reporter = reporterFor(process.stdout, options.plain, env.TERM);
    // Nobody looks any more: as if the terminal had been closed. Once: every later line fails too, and is no second wish.
    for (const stream of [process.stdout, process.stderr])
      stream.on('error', () => {
        if (!this.#interrupts.signal.aborted) this.#interrupts.raise('the end of its output');
      });
  }

  async run(): Promise<number> {
    this.#interrupts.onSecond(() => this.#kill());
    const picture = repeat(TICK_MS, this.#over.signal, async () => {
      this.#tick();
      return undefined;
    });
    let failure: unknown;
    try {
      await this.#work();
    } catch (error) {
      if (!this.#interrupts.signal.aborted) failure = error;
    }
    this.#board.phase = 'stopping';
    const last = this.#view();
    await this.#stop().catch((error: unknown) => {
      failure ??= error;
    });
    this.#over.abort();
    await picture;
    const farewell = `Stopped after ${duration(this.#ms())}; all that was started here has ended. The next npm start goes on from here.`;
    this.#reporter.close({ ...last, now: systemClock.now() }, failure === undefined ? farewell : undefined);
    if (failure === undefined) return EXIT.fine;
    console.error(
      isMedallionError(failure) ? failure.message : failure instanceof Error ? failure.stack : messageOf(failure),
    );
    return isMedallionError(failure) && failure.code === 'MED_CONFIG_INVALID' ? EXIT.usage : EXIT.failed;
  }

  async #work(): Promise<void> {
    const { signal } = this.#interrupts;
    const ledger = await claimFleet(this.#fleetOptions);
    const page = this.#buildPage(signal);
    let plan: PipelinePlan;
    try {
      [this.#stack, plan] = await this.#startStack(signal);
    } catch (error) {
      ledger.close();
      throw error;
    }
    const generator = this.#fleetOptions.generator ?? preparerOf(plan);
    this.#fleet = startFleet({ ...this.#fleetOptions, generator }, ledger, { ...this.#env, ...this.#stack.env });
    this.#board.children = this.#fleet.children;
    for (const { name } of SERVICES) this.#board.steps = stepBegun(this.#board.steps, name, this.#ms());
    const { databaseUrl } = this.#stack;
    const folders = [this.#fleetOptions.logs, join(dataFolder(this.#env), 'logs')];
    const { metricsPort, dashboardPort } = this.#options;
    this.#board.help = helpOf({ plan, databaseUrl, env: this.#env, metricsPort, dashboardPort, folders });
    this.#reporter.help(this.#board.help);
    const reader = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
    try {
      const watching = { board: this.#board, plan, reader, metricsPort, ms: this.#ms };
      await watch({ ...watching, signal });
    } finally {
      await reader.close();
      await page;
    }
  }

  async #buildPage(signal: AbortSignal): Promise<void> {
    if (this.#options.dashboardPort === null) return;
    const board = this.#board;
    board.steps = stepBegun(board.steps, DASHBOARD, this.#ms(), 'building its pages, only when they have changed');
    const built = await buildPage(join(ROOT, 'services', DASHBOARD), this.#fleetOptions.logs, signal);
    board.pageIsBuilt = true;
    if (typeof built === 'string') {
      board.steps = stepBegun(board.steps, DASHBOARD, this.#ms());
      return;
    }
    board.pageNote = 'without pages';
    if (!signal.aborted) this.#note(`the pages of the dashboard could not be built: ${built.failed}`);
  }

  /** Starts the stack while the pipeline is loaded: what is wrong with the one ends the other. */
  async #startStack(signal: AbortSignal): Promise<[Stack, PipelinePlan]> {
    const began = this.#ms();
    const wrongPlan = new AbortController();
    const planning = loadPlan(ROOT, this.#options.pipeline);
    planning.catch((error) => wrongPlan.abort(error));
    for (const [name, variable] of EXTERNAL)
      if (this.#env[variable]) this.#board.steps = stepDone(this.#board.steps, name, 0, `yours, by ${variable}`);
    const stack = await startStack({
      env: this.#env,
      signal: AbortSignal.any([signal, wrongPlan.signal]),
      onProgress: (event) => this.#progress({ ...event, ms: Math.round(event.ms + began) }),
    });
    try {
      return [stack, await planning];
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  #progress(event: ProgressEvent): void {
    const board = this.#board;
    board.steps = stepsAfter(board.steps, event);
    this.#reporter.progress(event);
    if (event.stage === 'ready') board.lostParts.delete(event.name);
    if (event.stage !== 'exited' || board.phase === 'stopping') return;
    const part = this.#stack?.[event.name];
    if (part === undefined) return; // it is just being started: that fails by itself
    const trouble = { code: 'MED_STACK_START_FAILED', remedy: `its last lines are in ${part.logFile}` };
    const message = `ended unasked (${event.detail ?? 'for no known reason'}); it is started again`;
    board.lostParts.set(event.name, problem(event.name, { ...trouble, message }));
    this.#note(`${event.name} ${message}`);
    setTimeout(() => {
      if (board.phase !== 'stopping') part.start().catch((error: unknown) => this.#note(messageOf(error)));
    }, PART_PAUSE_MS);
  }

  #note(text: string): void {
    this.#board.note(systemClock.now(), text);
    this.#reporter.note(this.#view(), text);
  }

  #view() {
    return this.#board.view(systemClock.now(), this.#ms());
  }

  #tick(): void {
    const board = this.#board;
    const first = board.steps.find(({ name }) => name === FIRST_ROW);
    if (board.phase === 'starting' && board.children.length > 0 && (board.allReady || first?.state === 'done'))
      board.phase = 'running';
    if (board.phase === 'running') this.#runningMs ??= this.#ms();
    // The first row does not wait for a page that shows it; nor does the page for a row that does not come.
    const isQuiet = this.#runningMs !== undefined && this.#ms() - this.#runningMs > FIRST_ROW_MS;
    if (first?.state === 'done' || isQuiet) this.#fleet?.startDashboard();
    for (const { name, state, ms } of board.steps) {
      // The stack tells of its parts by itself.
      if (state !== 'done' || this.#told.has(name) || EXTERNAL.some(([part]) => part === name)) continue;
      this.#told.add(name);
      this.#reporter.note(this.#view(), `${name}: ${name === FIRST_ROW ? 'there' : 'ready'} after ${duration(ms)}`);
    }
    this.#reporter.tick(this.#view());
  }

  async #stop(): Promise<void> {
    const why = this.#interrupts.signal.aborted ? await this.#interrupts.first : 'a failure';
    if (this.#fleet) this.#note(`${why}: the services drain and stop`);
    await this.#fleet?.stop();
    if (this.#stack) this.#note('the services have stopped; the stack stops');
    await this.#stack?.stop();
  }

  /** A second Ctrl-C: everything of ours ends now. What is not heard of in time is left to the guards. */
  #kill(): void {
    this.#fleet?.kill();
    const parts = [this.#stack?.registry, this.#stack?.kafka, this.#stack?.postgres];
    const exit = (): never => {
      this.#reporter.close(this.#view(), 'Ended at once. The next npm start goes on from the last checkpoints.');
      return process.exit(EXIT.interrupted);
    };
    setTimeout(exit, KILL_MS);
    Promise.allSettled(parts.map((part) => part?.stop({ hard: true }))).then(exit);
  }
}

const EXTERNAL = [
  ['Kafka', 'KAFKA_BROKERS'],
  ['schema registry', 'SCHEMA_REGISTRY_URL'],
  ['Postgres', 'DATABASE_URL'],
] as const;
