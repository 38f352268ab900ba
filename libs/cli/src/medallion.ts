import { isMedallionError, messageOf } from '@medallion/core';
import { Command, CommanderError } from 'commander';
import { type Answer, EXIT, type ExitCode, type Surroundings } from './answer.ts';
import { acls } from './commands/acls.ts';
import { backfill } from './commands/backfill.ts';
import { resume, skip } from './commands/decide.ts';
import { doctor } from './commands/doctor.ts';
import { erasePerson } from './commands/erase.ts';
import { graph } from './commands/graph.ts';
import { lineage } from './commands/lineage.ts';
import { migrate } from './commands/migrate.ts';
import { newPipeline } from './commands/new.ts';
import { partitions } from './commands/partitions.ts';
import { plan } from './commands/plan.ts';
import { quarantineList, quarantineShow } from './commands/quarantine.ts';
import { quarantineRedrive } from './commands/redrive.ts';
import { refresh } from './commands/refresh.ts';
import { run as runPipeline } from './commands/run.ts';
import { send } from './commands/send.ts';
import { status } from './commands/status.ts';
import { validate } from './commands/validate.ts';

/**
 * The `medallion` command. Data goes to standard output, all else to standard error; `--json` gives data for programs.
 * Gives the exit code: 0 fine, 1 failed, 2 usage, 3 checks failed.
 *
 * @example process.exitCode = await medallion(process.argv.slice(2), process.env)
 */
export async function medallion(
  args: readonly string[],
  env: Surroundings['env'],
  streams: { readonly out: (text: string) => void; readonly say: (text: string) => void } = standardStreams,
): Promise<ExitCode> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  let answer: Answer | null = null;
  const program = build(
    (run) =>
      async (...given: unknown[]) => {
        // commander gives the arguments, then the options, then the command itself.
        const command = given.at(-1) as Command;
        const options = command.optsWithGlobals<{ json?: boolean }>();
        answer = await run(given.slice(0, -2) as string[], options as Options, {
          env,
          json: options.json ?? false,
          ...streams,
          signal: stop.signal,
        });
        if (options.json) streams.out(`${JSON.stringify(answer.data)}\n`);
        else for (const line of answer.lines) streams.out(`${line}\n`);
      },
    streams,
  );
  try {
    await program.parseAsync([...args], { from: 'user' });
    return (answer as Answer | null)?.exit ?? EXIT.fine;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    streams.say(`${isMedallionError(error) ? error.message : `medallion: ${messageOf(error)}`}\n`);
    return isMedallionError(error) && error.code === 'MED_CONFIG_INVALID' ? EXIT.usage : EXIT.failed;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
}

const standardStreams = {
  out: (text: string): void => void process.stdout.write(text),
  say: (text: string): void => void process.stderr.write(text),
};

type Options = Readonly<Record<string, string | boolean | undefined>>;
type Run = (args: readonly string[], options: Options, around: Surroundings) => Promise<Answer>;

function build(
  action: (run: Run) => (...given: unknown[]) => Promise<void>,
  { out, say }: Pick<Surroundings, 'out' | 'say'>,
): Command {
  const program = new Command('medallion')
    .description('Works on pipelines and their tables.')
    .option('--json', 'data for programs instead of text')
    .showHelpAfterError()
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: say });
  const add = (name: string, description: string, example: string): Command =>
    program
      .command(name)
      .description(description)
      .exitOverride()
      .configureOutput({ writeOut: out, writeErr: say })
      .addHelpText('after', `\nExample:\n  ${example}`);

  add(
    'validate [pipelines...]',
    'Judges declarations without a broker: every mistake at once.',
    'medallion validate',
  ).action(action(validate));
  add('graph <pipeline>', 'Shows the tables and what each reads.', 'medallion graph santa-deliveries --format mermaid')
    .option('--format <format>', 'text, mermaid or json', 'text')
    .action(action(graph));
  add(
    'lineage <pipeline>',
    'Shows where tables and columns come from; as OpenLineage events for other catalogs.',
    'medallion lineage medallion-sales --openlineage > events.ndjson',
  )
    .option('--openlineage', 'OpenLineage events, one a line')
    .option('--send <url>', 'posts the events to a collector: http://localhost:5000/api/v1/lineage')
    .option('--runs', 'events of runs, for collectors that take no events of jobs')
    .action(action(lineage));
  add(
    'acls <pipelines...>',
    'Says what each service may do in Kafka to run these pipelines, and nothing beyond.',
    'medallion acls santa-deliveries --format strimzi --cluster prod',
  )
    .option('--format <format>', 'kafka-acls, strimzi or json', 'kafka-acls')
    .option('--make', 'services may create topics themselves (MIGRATE=auto); else only the migrator may')
    .option('--only <services>', 'of these alone, separated by commas')
    .option('--prefix <text>', 'of the names of the users: prod- gives prod-silver-enrich')
    .option('--cluster <name>', 'the Strimzi cluster of the users', 'medallion')
    .option('--apply', 'grants them in the cluster of KAFKA_BROKERS, as a login that may alter it')
    .action(action((names, options, around) => acls(names.flat(), options, around)));
  add('new <name>', 'Writes a pipeline that runs, with a test.', 'medallion new toy-sales').action(
    action(([name]) => newPipeline([name as string])),
  );
  add('doctor', 'Says what is missing on this machine, with the remedy.', 'medallion doctor').action(action(doctor));
  add(
    'plan <pipeline>',
    'What a start would create, change or rebuild in Kafka, the registry and Postgres, or be refused for.',
    'medallion plan santa-deliveries',
  )
    .option('--allow', 'what would be lost is meant to go: exit code 0')
    .addHelpText(
      'after',
      '\nIt runs the real migration and takes it back, so for a moment it holds the locks of one. Of several refusals in\nPostgres it names the first. Exit code 3: a start would be refused, or something lost.',
    )
    .action(action(plan));
  add(
    'migrate <pipelines...>',
    'Makes topics, schemas, tables, views and grants, so that the services need no right to (MIGRATE=verify).',
    'medallion migrate santa-deliveries',
  )
    .option('--dry-run', 'shows what it would do, as plan, and does nothing')
    .option('--allow', 'what would be lost is meant to go')
    .option('--sources <partitions>', 'makes topics that others write too, where they are missing')
    .action(action((names, options, around) => migrate(names.flat(), options, around)));
  add(
    'refresh <pipeline> <table>',
    'Computes a table anew; of tables made of topics it says what that would do, and does it with --full.',
    'medallion refresh medallion-sales gold_daily_sales',
  )
    .option('--full', 'from the start of what the table is made of')
    .option('--allow-loss', 'although retention has removed some of that')
    .option('--with-late', 'of a windowed view: counts late rows too, so that final windows become others')
    .option('--by <name>', 'who does it (default: the user of this machine)')
    .addHelpText(
      'after',
      `  medallion refresh santa-deliveries gold_delivery_by_region --full
  medallion refresh santa-deliveries silver_santa_deliveries

A view over tables in Postgres is computed at once, with all that depends on it. A windowed view is built beside the gold
service and takes the place of the old one; one that is declared otherwise than it is stored needs gold-aggregate stopped.

A streaming or keyed table goes with all that depends on it: topics, groups, and what Postgres has of them. Stop the
services first, every instance; once they run again, they make everything anew. Services that start in between wait.
Killed, run it again. Without --full it says what would go, and exits with 3.`,
    )
    .action(action(refresh));
  add(
    'partitions <pipeline> <topic>',
    'Gives a topic that the pipeline reads more partitions, and with it all topics that have its count.',
    'medallion partitions santa-deliveries santa.deliveries.raw --to 6 --dry-run',
  )
    .option('--to <count>', 'how many partitions all of them have then')
    .option('--dry-run', 'says what would grow and what stands in its way (exit code 3), and does nothing')
    .option('--undrained', 'although not all is read: records of a key may then be processed in another order')
    .action(action(partitions));
  add(
    'run <pipeline>',
    'Runs all layers of a pipeline in this process, until Ctrl-C.',
    'medallion run medallion-sales --once',
  )
    .option('--once', 'process what is there, then end; as a pipeline that is declared triggered')
    .option('--verbose', 'log lines on standard error')
    .action(action(runPipeline));
  add(
    'send <pipeline> [topic]',
    'Puts events, JSON, one a line, into a topic that the pipeline reads: what is typed or piped in, or a file.',
    'echo \'{"delivery_id": "d1"}\' | medallion send santa-deliveries',
  )
    .option('--file <path>', 'a file of lines instead of standard input')
    .action(action(send));
  add(
    'backfill <pipeline> [table]',
    'Brings older records to a streaming table, through its own steps, each once, while the services run.',
    'medallion backfill santa-deliveries bronze_santa_deliveries --files "/archive/2024-*.jsonl"',
  )
    .option('--files <path>', 'a file, a folder, or a pattern of files; also file:// and s3://')
    .option('--format <format>', 'json_lines, json, csv or parquet (default: by the name)')
    .option('--topic <name>', 'a topic with records as the source of the table has them')
    .option('--from <where>', 'of a topic: an offset of each partition, or a time of the records')
    .option('--to <where>', 'up to, not with, this offset or time (default: its end now)')
    .option('--id <name>', 'names it: the same id never brings anything twice (default: by what is asked for)')
    .option('--flow <name>', 'whose steps the rows take, where several flows bring rows to the table')
    .option('--abandon', 'gives up the backfill --id, which cannot go on; what it brought stays')
    .option('--no-wait', 'does not wait until the services have processed them')
    .option('--by <name>', 'who decides (default: the user of this machine)')
    .addHelpText(
      'after',
      `  medallion backfill orders-streaming order_stream --topic orders.2024 --from 2024-01-01 --to 2025-01-01 --id orders-2024
  medallion backfill orders-streaming

What it reads is fixed when it begins: files that come later are another backfill. Killed, it goes on when it is run
again. Without a table it lists the backfills of the pipeline.

Rows of windows that are closed are late by design: they are in the streaming tables and in medallion.late_records, not
in windowed views. The command says how many; "medallion refresh <pipeline> <view> --full
--with-late" computes a view anew with them.
Keyed tables take older changes by their sequence. Give no range that the table has already: its rows would be in it twice.`,
    )
    .action(action(backfill));
  add(
    'status <pipeline>',
    'Each table: rows that it has, rows that it took in, lag, watermark, freshness, expectations.',
    'medallion status santa-deliveries --watch',
  )
    .option('--watch', 'again every 2 seconds, until Ctrl-C')
    .action(action(status));
  add(
    'skip <pipeline> <flow> <place>',
    'Puts the record that stopped a flow in quarantine, or passes over records that are gone; the flow goes on.',
    'medallion skip medallion-sales silver_orders_clean medallion-sales.bronze_orders:0:17 --reason "a test order"',
  )
    .option('--reason <text>', 'kept with the record')
    .option('--by <name>', 'who decides (default: the user of this machine)')
    .option('--allow-loss', 'of MED_LOG_GAP: all records from the place on that are gone; others are never passed over')
    .action(action(skip));
  add(
    'resume <pipeline> <flow> [place]',
    'Lets a stopped flow try again, after what stopped it was mended.',
    'medallion resume medallion-sales silver_orders_clean',
  )
    .option('--reason <text>', 'kept with the decision')
    .option('--by <name>', 'who decides (default: the user of this machine)')
    .action(action(resume));
  add(
    'erase <pipeline>',
    'Removes a person from every table, topic copy and quarantine that the engine keeps, and shows what it did.',
    'medallion erase lakeflow-customers --customer 17 --dry-run',
  )
    .option('--customer <id>', 'who: short for --subject customer=<id>')
    .option('--subject <name=id>', 'who, by a subject that the pipeline declares with .identifies()')
    .option('--dry-run', 'shows the same, and changes nothing')
    .option('--truncate', 'deletes records from append-only topics too, with the older ones of others')
    .option('--allow <what>', '"unreadable": records in quarantine that nobody can read and that hold the name go too')
    .option('--wait <seconds>', 'how long readers that are behind are waited for (default: 30)')
    .option('--by <name>', 'who decides (default: the user of this machine)')
    .addHelpText(
      'after',
      '\nErase the person at the source first: what comes again later is new data. Exit code 3: something stays that a flag\nor a later run removes.',
    )
    .action(action(erasePerson));
  const quarantine = program
    .command('quarantine')
    .description('Works on the records that are not in their tables.')
    .exitOverride();
  const under = (name: string, description: string, example: string): Command =>
    quarantine
      .command(name)
      .description(description)
      .exitOverride()
      .configureOutput({ writeOut: out, writeErr: say })
      .addHelpText('after', `\nExample:\n  ${example}`);
  under(
    'ls <pipeline>',
    'Counts by table, outcome and rule, or the newest records.',
    'medallion quarantine ls santa-deliveries --where "outcome = \'violation\'" --limit 20',
  )
    .option('--where <sql>', 'a condition over the columns of the quarantine')
    .option('--limit <n>', 'show so many of the newest records instead of counts')
    .action(action(quarantineList));
  under(
    'show <pipeline> <place>',
    'One record: what it broke, and its bytes.',
    'medallion quarantine show santa-deliveries santa.deliveries.raw:2:4711',
  ).action(action(quarantineShow));
  under(
    'redrive <pipeline>',
    'Has records processed again by the flow that refused them, each once: doing it twice changes nothing more.',
    'medallion quarantine redrive santa-deliveries --table silver_santa_deliveries --where "reason LIKE \'%valid_status%\'" --dry-run',
  )
    .option('--where <sql>', 'a condition over the columns of medallion.quarantined')
    .option('--table <name>', 'only what this table refused')
    .option(
      '--dry-run',
      'judges them by the plan as it is now: how many would be kept, refused by which rules; writes nothing',
    )
    .option('--by <name>', 'who decides (default: the user of this machine)')
    .action(action(quarantineRedrive));
  return program;
}
