import assert from 'node:assert/strict';
import { it, describe as suite } from 'node:test';
import { decimal, list, long, row, string, timestamp } from '@medallion/schema';
import {
  changeFeed,
  csv,
  describe,
  files,
  hours,
  json,
  materializedView,
  minutes,
  notNull,
  parquet,
  pipeline,
  snapshot,
  sql,
  streamingTable,
  topic,
  view,
} from './index.ts';

const Raw = row('Raw', {
  id: string(),
  buyer: long(),
  status: string(),
  at: timestamp(),
  lines: list(row('Line', { sku: string(), price: decimal(8, 2) })),
});
const Customer = row('Customer', { id: long(), name: string('in full'), op: string(), at: timestamp() });

const orders = streamingTable('orders')
  .from(topic('raw', { format: json(Raw), key: 'id' }))
  .expectOrDrop('at', 'at', notNull)
  .constraint("CONSTRAINT known EXPECT (status IN ('open', 'done')) ON VIOLATION QUARANTINE ROW")
  .eventTime('at', { watermarkDelay: minutes(1) })
  .select('id', 'buyer', 'status', 'at', 'lines');
const landed = streamingTable('landed').from(
  files('customers', { pattern: '*.csv', format: csv(Customer, { delimiter: ';' }), key: 'id', partitions: 2 }),
);
const customers = streamingTable('customers')
  .from(landed)
  .select('id', 'name', 'op', 'at')
  .applyChanges({
    keys: ['id'],
    sequenceBy: 'at',
    applyAsDeletes: "op = 'D'",
    except: ['op'],
    storedAs: 2,
    tombstoneRetention: hours(5),
  })
  .tags({ owner: 'sales' })
  .personal('name');
const regions = materializedView('regions').from(
  snapshot('regions', { pattern: '*.parquet', format: parquet(row('Region', { code: string() })), keys: ['code'] }),
);
const open = view('open').from(orders).where(sql("status = 'open'"));
const done = view('done')
  .from(orders)
  .where('is done', (d) => d.status === 'done');
const lines = streamingTable('lines')
  .appendFlow('open', open)
  .appendFlow('done', done, { once: true })
  .join(customers, { on: { buyer: 'id' }, type: 'left', columns: { name: 'buyer_name' } })
  .explode('lines', { position: 'line', rename: { sku: 'article' } })
  .storage({ cleanup: 'compact,delete' })
  .layer('gold');
const byName = materializedView('by_name')
  .from(customers)
  .leftJoin(regions, { on: { name: 'code' }, columns: { code: 'region' }, otherwise: { region: 'none' } })
  .derive((c) => ({ began_on: c.date('cast(__START_AT as date)') }))
  .where('__END_AT is null')
  .groupBy('name', 'region')
  .aggregate((a) => ({ versions: a.count(), young: a.count("began_on > date '2026-01-01'") }))
  .derive((c) => ({ share: c.nullable.double('young / versions') }))
  .surrogateKey('name_key')
  .storage({ clusterBy: ['name'], fillfactor: 80, autovacuum: { vacuum_threshold: 100 } });
const feed = changeFeed('customer_changes').from(customers);

suite('describe', () => {
  it('shows tables of every kind', () => {
    const plan = pipeline('shop', {
      tables: [orders, landed, customers, regions, open, done, lines, byName, feed],
      mode: 'triggered',
      development: true,
      schema: 'sales',
    });
    assert.equal(
      describe(plan),
      `pipeline shop (Postgres schema sales, triggered, development)

bronze orders (streaming table)
  from        topic raw (json, key id)
  expect      at: at is not null, or drop
  expect      known: status IN ('open', 'done'), or quarantine
  event time  at, watermark 1 min behind, at most 1 h ahead of ingestion
  omit        _rescued_data, ingestion_timestamp, ingestion_date, source_topic, source_partition, source_offset
  topic       shop.orders (7 d)
  quarantine  shop.orders.quarantine
  columns
    id      string or null
    buyer   long or null
    status  string or null
    at      timestamp
    lines   list of (sku string, price decimal(8, 2)) or null

bronze landed (streaming table)
  from        files customers/*.csv (csv by ";", key id, 2 partitions, other columns: rescue)
  topic       shop.landed (7 d)
  quarantine  shop.landed.quarantine
  columns
    id                   long or null
    name                 string or null  -- in full
    op                   string or null
    at                   timestamp or null
    _rescued_data        string or null  -- what did not fit the declared columns, as JSON
    ingestion_timestamp  timestamp  -- when the row was read
    ingestion_date       date  -- the day of ingestion_timestamp
    source_file          string  -- the path of the file
    source_row           long  -- counts the rows of the file from 0

silver customers (keyed table)
  from        landed
  omit        _rescued_data, ingestion_timestamp, ingestion_date, source_file, source_row
  changes     type 2, key id, by at
  history     of name
  delete      where op = 'D', remembered for 5 h
  changelog   shop.customers.changelog
  quarantine  shop.customers.quarantine
  tags        owner: sales
  personal    name
  columns
    id          long
    name        string or null  -- in full
    at          timestamp
    __START_AT  timestamp  -- when this version began
    __END_AT    timestamp or null  -- when it ended; null while it is current

bronze regions (keyed table)
  from        snapshot regions/*.parquet (parquet)
  changes     type 1, key code, each snapshot replaces the one before
  changelog   shop.regions.changelog
  quarantine  shop.regions.quarantine
  columns
    code  string

silver open (view)
  from        orders
  where       status = 'open'
  columns
    id      string or null
    buyer   long or null
    status  string or null
    at      timestamp
    lines   list of (sku string, price decimal(8, 2)) or null

silver done (view)
  from        orders
  where       is done
  columns
    id      string or null
    buyer   long or null
    status  string or null
    at      timestamp
    lines   list of (sku string, price decimal(8, 2)) or null

gold lines (streaming table)
  flow        lines.open
  from        orders through open
  flow        lines.done, once
  from        orders through done
  all flows
  left join   customers (latest) on buyer, taking name as buyer_name
  explode     lines into sku as article, price, counted by line
  topic       shop.lines (7 d)
  quarantine  shop.lines.quarantine
  storage     cleanup compact,delete
  columns
    id          string or null
    buyer       long or null
    status      string or null
    at          timestamp
    buyer_name  string or null  -- in full
    article     string or null
    price       decimal(8, 2) or null
    line        int

gold by_name (relational view)
  from        customers
  left join   regions on name = code, taking code as region (or none)
  derive      began_on = cast(__START_AT as date)
  where       __END_AT is null
  group by    name, region
  measure     versions = count()
  measure     young = count() where began_on > date '2026-01-01'
  compute     share = young / versions
  key         name, region
  surrogate   name_key
  storage     clustered by name, fillfactor 80, autovacuum_vacuum_threshold 100
  columns
    name_key  long  -- stands for the key, for ever; 0: unknown
    name      string or null  -- in full
    region    string or null
    versions  long or null
    young     long or null
    share     double or null

silver customer_changes (change feed)
  changes of  customers
  columns
    id                 long
    name               string or null  -- in full
    at                 timestamp
    __START_AT         timestamp  -- when this version began
    __END_AT           timestamp or null  -- when it ended; null while it is current
    _change_type       one of insert, update_preimage, update_postimage, delete  -- what happened to the row
    _commit_version    long  -- counts the commits that changed the table, from 0
    _commit_timestamp  timestamp  -- when the change was committed
`,
    );
  });
});
