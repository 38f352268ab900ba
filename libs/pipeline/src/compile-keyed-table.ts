import type { Field } from '@medallion/schema';
import { ColumnSet } from './column-set.ts';
import type { Context } from './compile-context.ts';
import { compileFlows, type Flows } from './compile-flows.ts';
import { compileCondition } from './compile-sql.ts';
import { layerOf } from './compile-streaming-table.ts';
import type { ChangesDeclaration, KeyedTableDeclaration } from './declaration.ts';
import { judgeDuration, judgeVersion } from './judge-options.ts';
import { quoted, type Report } from './mistakes.ts';
import { changelogTopicOf, judgeTableName, OF_INGESTION, quarantineTopicOf } from './names.ts';
import { type KeyedTablePlan, VALIDITY } from './plan.ts';
import { commented, governanceOf, storageOf } from './settings.ts';

/** A keyed table as a plan without its hash. */
export function compileKeyedTable(declared: KeyedTableDeclaration, context: Context): KeyedTablePlan {
  const { report } = context;
  const { changes } = declared;
  const changelogTopic = changelogTopicOf(context.pipeline, declared.name);
  const quarantineTopic = quarantineTopicOf(context.pipeline, declared.name);
  judgeTableName(declared.name, [changelogTopic, quarantineTopic], report);
  judgeVersion(declared.version, report);
  judgeDuration('the time for which deleted keys are remembered', changes.tombstoneRetentionMs, 0, report);
  for (const setting of declared.unfit)
    report(`it calls .${setting}(), which a table of one row a key does not have`, `leave .${setting}() out`);

  const flows = compileFlows(declared.name, declared.flows, declared.operations, context);
  judgeFlow(flows, changes, report);
  const fields = rowsOf(flows.fields, changes, report);
  const columns = new ColumnSet(flows.fields, report);
  return {
    kind: 'keyed_table',
    name: declared.name,
    layer: declared.layer ?? layerOf(flows.flows),
    comment: declared.comment,
    changelogTopic,
    quarantineTopic,
    flow: flows.flows[0]!,
    keys: changes.keys,
    sequenceBy: changes.sequenceBy,
    deletes: changes.deletes && compileCondition(changes.deletes, columns, 'applyAsDeletes', report),
    storedAs: changes.storedAs,
    tracked: trackedOf(changes, fields, report),
    tombstoneRetentionMs: changes.tombstoneRetentionMs,
    schema: { name: declared.name, fields: commented(fields, declared, report) },
    storage: storageOf(declared, 'compact', fields, report),
    governance: governanceOf(declared, fields, report),
    version: declared.version,
    hash: '',
  };
}

function judgeFlow({ flows, key, eventTime }: Flows, { keys }: ChangesDeclaration, report: Report): void {
  const [flow] = flows;
  if (flows.length > 1)
    report(
      'its changes come by several flows',
      'let the flows feed a streaming table, and apply the changes from that',
    );
  if (eventTime !== null)
    report(
      'it declares an event time',
      'declare it on the table that the changes come from: sequences need no watermark',
    );
  if (flow === undefined || flow.source.kind === 'snapshot') return;
  if (flow.source.kind !== 'table')
    report(
      `its changes come from ${flow.source.kind === 'topic' ? 'a topic' : 'files'}`,
      'declare a streaming table of them, and apply the changes .from() that',
    );
  else if (key === null || !keys.includes(key))
    report(
      `its keys are ${quoted(keys)}, and the records of "${flow.source.table}" are keyed by ${key === null ? 'no column that is left' : quoted([key])}`,
      'key the topic or files at the source by one of the keys: changes of one key must come in one partition',
    );
  if (flow.steps.some(({ kind }) => kind === 'explode'))
    report(
      'it explodes lists before it applies changes',
      'explode in a streaming table, and apply the changes .from() that',
    );
}

const SEQUENCES: ReadonlySet<string> = new Set(['int', 'long', 'double', 'decimal', 'timestamp', 'date']);

/** The rows as users see them: what the changes have, and the validity of a version. */
function rowsOf(input: readonly Field[], changes: ChangesDeclaration, report: Report): readonly Field[] {
  const { keys, sequenceBy, except } = changes;
  const columns = new ColumnSet(input, report);
  if (keys.length === 0) report('it has no keys', 'name the columns that identify a row');
  if (new Set(keys).size !== keys.length) report(`its keys ${quoted(keys)} repeat`, 'name each once');
  for (const key of keys) {
    const field = columns.find(key, 'keys');
    if (field?.type.kind === 'list') report(`its key "${key}" is a list`, 'choose a column that holds one value');
    if (field !== undefined) columns.replace({ ...field, nullable: false });
  }
  const sequence = sequenceBy === null ? undefined : columns.find(sequenceBy, 'sequenceBy');
  if (sequence !== undefined) columns.replace({ ...sequence, nullable: false });
  if (sequence !== undefined && !SEQUENCES.has(sequence.type.kind))
    report(`its sequence "${sequence.name}" is a ${sequence.type.kind}`, 'choose a number or a time');
  for (const name of except) {
    columns.find(name, 'except');
    if (keys.includes(name) || name === sequenceBy)
      report(`it leaves out "${name}", which is a key or the sequence`, 'keep it');
    columns.remove(name);
  }
  if (changes.storedAs === 1 || sequence === undefined) return columns.all;
  const { type } = sequence;
  return [
    ...columns.all,
    { name: VALIDITY.from, type, nullable: false, doc: 'when this version began' },
    { name: VALIDITY.to, type, nullable: true, doc: 'when it ended; null while it is current' },
  ];
}

function trackedOf(changes: ChangesDeclaration, fields: readonly Field[], report: Report): readonly string[] {
  const { keys, sequenceBy, storedAs, trackHistory } = changes;
  if (storedAs === 1) {
    if (trackHistory !== null)
      report('it tracks history and is stored as type 1', 'store it with { storedAs: 2 }, or leave trackHistory out');
    return [];
  }
  const named = trackHistory === null ? [] : 'except' in trackHistory ? trackHistory.except : trackHistory;
  const columns = new ColumnSet(fields, report);
  for (const name of named) {
    columns.find(name, 'trackHistory');
    if (keys.includes(name)) report(`trackHistory names "${name}", a key`, 'name other columns: a key never changes');
  }
  if (trackHistory !== null && !('except' in trackHistory)) return named;
  const never: readonly string[] = [
    ...keys,
    ...(sequenceBy === null ? [] : [sequenceBy]),
    VALIDITY.from,
    VALIDITY.to,
    ...named,
  ];
  return fields.map(({ name }) => name).filter((name) => !never.includes(name) && !OF_INGESTION.has(name));
}
