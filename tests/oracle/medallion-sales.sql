-- What medallion-sales has to make of its input, worked out from the whole of it at once.

CREATE VIEW oracle.bronze_orders AS
SELECT oracle.text_of(j, 'order_id') AS order_id,
       oracle.number_of(j, 'customer_id')::bigint AS customer_id,
       oracle.number_of(j, 'amount') AS amount,
       oracle.text_of(j, 'status') AS status,
       oracle.text_of(j, 'order_date') AS order_date,
       oracle.text_of(j, 'updated_at') AS updated_at,
       oracle.rescued_of(
         j,
         ARRAY['order_id', 'customer_id', 'amount', 'status', 'order_date', 'updated_at'],
         CASE WHEN jsonb_typeof(j -> 'amount') = 'string' THEN ARRAY['amount'] ELSE '{}' END
       ) AS _rescued_data,
       file AS source_file, line AS source_row
FROM (SELECT *, oracle.json_of(value) AS j FROM oracle.lines WHERE folder = 'medallion-sales/orders') AS parsed
WHERE j IS NOT NULL;

CREATE VIEW oracle.customer_versions AS
SELECT file, dense_rank() OVER (ORDER BY file) AS version, (fields ->> 'customer_id')::bigint AS customer_id,
       fields ->> 'customer_name' AS customer_name, fields ->> 'email' AS email,
       fields ->> 'customer_segment' AS customer_segment, fields ->> 'region' AS region
FROM oracle.snapshot_rows;

CREATE VIEW oracle.bronze_customers AS
SELECT customer_id, customer_name, email, customer_segment, region FROM oracle.customer_versions
WHERE version = (SELECT max(version) FROM oracle.customer_versions);

CREATE VIEW oracle.silver_customers AS SELECT * FROM oracle.bronze_customers;

-- What became of each customer from one snapshot to the next, numbered for each customer.
CREATE VIEW oracle.customer_changes AS
WITH versions AS (SELECT generate_series(1, max(version)) AS version FROM oracle.customer_versions),
pairs AS (
  SELECT v.version, coalesce(a.customer_id, b.customer_id) AS customer_id, b AS old, a AS new
  FROM versions v
  CROSS JOIN (SELECT DISTINCT customer_id FROM oracle.customer_versions) AS c
  LEFT JOIN oracle.customer_versions a ON a.version = v.version AND a.customer_id = c.customer_id
  LEFT JOIN oracle.customer_versions b ON b.version = v.version - 1 AND b.customer_id = c.customer_id
  WHERE a.customer_id IS NOT NULL OR b.customer_id IS NOT NULL
),
changes AS (
  SELECT version, 1 AS place, 'insert' AS _change_type, (new).* FROM pairs WHERE (old).customer_id IS NULL
  UNION ALL
  SELECT p.version, 1, 'delete', (old).* FROM pairs p WHERE (new).customer_id IS NULL
  UNION ALL
  SELECT p.version, 1, 'update_preimage', (old).* FROM pairs p
  WHERE ((old).customer_name, (old).email, (old).customer_segment, (old).region)
     <> ((new).customer_name, (new).email, (new).customer_segment, (new).region)
  UNION ALL
  SELECT p.version, 2, 'update_postimage', (new).* FROM pairs p
  WHERE ((old).customer_name, (old).email, (old).customer_segment, (old).region)
     <> ((new).customer_name, (new).email, (new).customer_segment, (new).region)
)
SELECT customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY changed_in, place) AS n, _change_type,
       customer_name, email, customer_segment, region
FROM changes AS c (changed_in, place, _change_type, file, version, customer_id, customer_name, email, customer_segment, region);

CREATE VIEW oracle.judged AS
SELECT *, oracle.instant_of(order_date) AS ordered_at, oracle.instant_of(updated_at) AS changed_at,
       order_id <> '' AS valid_order_id, amount > 0 AS valid_amount,
       status IN ('pending', 'completed', 'cancelled') AS valid_status, customer_id IS NOT NULL AS valid_customer,
       oracle.instant_of(order_date) IS NOT NULL AS valid_order_date,
       updated_at IS NULL OR oracle.instant_of(updated_at) IS NOT NULL AS valid_updated_at
FROM oracle.bronze_orders;

CREATE VIEW oracle.silver_orders_clean AS
SELECT order_id, customer_id, amount, status, ordered_at AS order_date, changed_at, source_file, source_row
FROM oracle.judged
WHERE valid_order_id AND valid_amount AND valid_status AND valid_order_date AND valid_updated_at;

CREATE VIEW oracle.silver_orders AS
SELECT DISTINCT ON (order_id) order_id, customer_id, amount, status, order_date, changed_at
FROM oracle.silver_orders_clean ORDER BY order_id, changed_at DESC;

CREATE VIEW oracle.quarantine_orders AS
SELECT order_id, customer_id, amount, status, source_file, source_row,
       concat_ws(', ', CASE WHEN valid_order_id IS NOT TRUE THEN 'valid_order_id' END,
                 CASE WHEN valid_amount IS NOT TRUE THEN 'valid_amount' END,
                 CASE WHEN valid_status IS NOT TRUE THEN 'valid_status' END,
                 CASE WHEN valid_customer IS NOT TRUE THEN 'valid_customer' END,
                 CASE WHEN valid_order_date IS NOT TRUE THEN 'valid_order_date' END,
                 CASE WHEN valid_updated_at IS NOT TRUE THEN 'valid_updated_at' END) AS broken_rules
FROM oracle.judged WHERE valid_order_id IS NOT TRUE OR valid_amount IS NOT TRUE;

CREATE VIEW oracle.silver_orders_enriched AS
SELECT o.*, c.customer_name, c.customer_segment, c.region
FROM oracle.silver_orders o LEFT JOIN oracle.silver_customers c USING (customer_id);

CREATE VIEW oracle.gold_daily_sales AS
SELECT oracle.day_of(order_date) AS date, region, count(*) AS order_count, sum(amount) AS total_sales,
       avg(amount) AS avg_order_value, count(DISTINCT customer_id) AS unique_customers
FROM oracle.silver_orders_enriched WHERE status = 'completed' GROUP BY 1, 2;

CREATE VIEW oracle.gold_customer_lifetime_value AS
SELECT customer_id, count(*) AS total_orders, sum(amount) AS lifetime_value, min(order_date) AS first_order_date,
       max(order_date) AS last_order_date, avg(amount) AS avg_order_value
FROM oracle.silver_orders_enriched WHERE status = 'completed' AND customer_id IS NOT NULL GROUP BY customer_id;

CREATE VIEW oracle.gold_orders_by_customer AS
SELECT * FROM oracle.silver_orders_enriched WHERE status = 'completed';

CREATE VIEW oracle.data_quality_metrics AS
WITH judged AS (
  SELECT rule, passed, kept FROM oracle.judged j, LATERAL (VALUES
    ('valid_order_id', j.valid_order_id, false), ('valid_amount', j.valid_amount, false),
    ('valid_status', j.valid_status, false), ('valid_customer', j.valid_customer, true),
    ('valid_order_date', j.valid_order_date, false), ('valid_updated_at', j.valid_updated_at, false)
  ) AS rules (rule, passed, kept)
)
SELECT 'silver_orders_clean' AS table_name, rule, count(*) AS records, count(*) FILTER (WHERE passed) AS passed,
       count(*) FILTER (WHERE passed IS NOT TRUE) AS failed,
       count(*) FILTER (WHERE passed IS NOT TRUE AND NOT kept) AS dropped
FROM judged GROUP BY rule;
