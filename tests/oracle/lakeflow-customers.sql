-- What lakeflow-customers has to make of its input, worked out from the whole of it at once.

CREATE VIEW oracle.bronze_customers AS
SELECT oracle.number_of(j, 'customer_id')::bigint AS customer_id, oracle.text_of(j, 'customer_name') AS customer_name,
       oracle.text_of(j, 'email') AS email, oracle.text_of(j, 'segment') AS segment,
       oracle.text_of(j, 'operation') AS operation, oracle.text_of(j, 'changed_at') AS changed_at,
       file AS source_file, line AS source_row
FROM (SELECT *, oracle.json_of(value) AS j FROM oracle.lines WHERE folder = 'lakeflow-customers/customers') AS parsed
WHERE j IS NOT NULL;

CREATE VIEW oracle.silver_customers_clean AS
SELECT customer_id, customer_name, email, segment, operation, oracle.instant_of(changed_at) AS changed_at
FROM oracle.bronze_customers
WHERE customer_id IS NOT NULL AND length(trim(customer_name)) > 0 AND oracle.instant_of(changed_at) IS NOT NULL;

CREATE VIEW oracle.silver_customers AS
SELECT customer_id, customer_name, email, segment, changed_at
FROM (SELECT DISTINCT ON (customer_id) * FROM oracle.silver_customers_clean
      ORDER BY customer_id, changed_at DESC) AS latest
WHERE operation = 'UPSERT';

CREATE VIEW oracle.bronze_addresses AS
SELECT CASE WHEN fields ->> 'customer_id' ~ '^\d+$' THEN (fields ->> 'customer_id')::bigint END AS customer_id,
       fields ->> 'address_line' AS address_line, fields ->> 'city' AS city, fields ->> 'state' AS state,
       fields ->> 'zip_code' AS zip_code, fields ->> 'operation' AS operation, fields ->> 'changed_at' AS changed_at,
       CASE WHEN fields ->> 'customer_id' !~ '^\d+$' THEN jsonb_build_object('customer_id', fields ->> 'customer_id') END
         AS _rescued_data,
       file AS source_file, row_number() OVER (PARTITION BY file ORDER BY (fields ->> 'n')::int) - 1 AS source_row
FROM oracle.snapshot_rows WHERE folder = 'lakeflow-customers/addresses';

CREATE VIEW oracle.silver_addresses_clean AS
SELECT customer_id, address_line, city, state, zip_code, operation, oracle.instant_of(changed_at) AS changed_at
FROM oracle.bronze_addresses
WHERE customer_id IS NOT NULL AND city <> '' AND oracle.instant_of(changed_at) IS NOT NULL;

-- A version begins at a change whose address is not the one before it, or that follows a delete; it ends where the next
-- one begins, or at a delete.
CREATE VIEW oracle.silver_addresses AS
WITH changes AS (
  SELECT DISTINCT customer_id, changed_at, operation = 'DELETE' AS gone,
         jsonb_build_array(address_line, city, state, zip_code) AS address, address_line, city, state, zip_code
  FROM oracle.silver_addresses_clean
), beside AS (
  SELECT *, lag(address) OVER same AS before, lag(gone) OVER same AS gone_before FROM changes
  WINDOW same AS (PARTITION BY customer_id ORDER BY changed_at)
), edges AS (
  SELECT *, lead(changed_at) OVER (PARTITION BY customer_id ORDER BY changed_at) AS until FROM beside
  WHERE gone OR gone_before IS NOT FALSE OR address <> before
)
SELECT customer_id, address_line, city, state, zip_code, changed_at AS "__START_AT", until AS "__END_AT"
FROM edges WHERE NOT gone;

CREATE VIEW oracle.bronze_orders AS
SELECT oracle.text_of(j, 'order_id') AS order_id, oracle.number_of(j, 'customer_id')::bigint AS customer_id,
       oracle.number_of(j, 'item_count')::int AS item_count, oracle.number_of(j, 'order_amount') AS order_amount,
       oracle.text_of(j, 'order_status') AS order_status, oracle.text_of(j, 'operation') AS operation,
       oracle.text_of(j, 'changed_at') AS changed_at,
       topic AS source_topic, partition AS source_partition, "offset" AS source_offset
FROM (SELECT *, oracle.json_of(value) AS j FROM oracle.records WHERE topic = 'lakeflow.orders') AS parsed
WHERE j IS NOT NULL;

CREATE VIEW oracle.silver_orders_clean AS
SELECT order_id, customer_id, item_count, order_amount, order_status, operation,
       oracle.instant_of(changed_at) AS changed_at
FROM oracle.bronze_orders
WHERE order_id <> '' AND customer_id IS NOT NULL AND order_amount > 0 AND oracle.instant_of(changed_at) IS NOT NULL;

CREATE VIEW oracle.silver_orders AS
SELECT order_id, customer_id, item_count, order_amount, order_status, changed_at
FROM (SELECT DISTINCT ON (order_id) * FROM oracle.silver_orders_clean ORDER BY order_id, changed_at DESC) AS latest
WHERE operation = 'UPSERT';

CREATE VIEW oracle.gold_customer_orders AS
SELECT c.customer_id, c.customer_name, c.email, c.segment, a.address_line, a.city, a.state, a.zip_code,
       count(*) AS total_orders, sum(o.item_count) AS total_items_order, sum(o.order_amount) AS total_order_amount
FROM oracle.silver_orders o
JOIN oracle.silver_customers c USING (customer_id)
JOIN oracle.silver_addresses a ON a.customer_id = o.customer_id AND a."__END_AT" IS NULL
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

CREATE VIEW oracle.data_quality_metrics AS
WITH judged AS (
  SELECT 'silver_customers_clean' AS table_name, rule, passed, kept FROM oracle.bronze_customers c, LATERAL (VALUES
    ('valid_customer_id', c.customer_id IS NOT NULL, false), ('valid_name', length(trim(c.customer_name)) > 0, false),
    ('valid_email', c.email LIKE '%@%', true), ('valid_operation', c.operation IN ('UPSERT', 'DELETE'), false),
    ('valid_changed_at', oracle.instant_of(c.changed_at) IS NOT NULL, false)) AS rules (rule, passed, kept)
  UNION ALL
  SELECT 'silver_addresses_clean', rule, passed, kept FROM oracle.bronze_addresses a, LATERAL (VALUES
    ('valid_customer_id', a.customer_id IS NOT NULL, false), ('valid_city', a.city <> '', false),
    ('valid_zip_code', a.zip_code LIKE '_____', true), ('valid_operation', a.operation IN ('UPSERT', 'DELETE'), false),
    ('valid_changed_at', oracle.instant_of(a.changed_at) IS NOT NULL, false)) AS rules (rule, passed, kept)
  UNION ALL
  SELECT 'silver_orders_clean', rule, passed, kept FROM oracle.bronze_orders o, LATERAL (VALUES
    ('valid_order_id', o.order_id <> '', false), ('valid_customer_id', o.customer_id IS NOT NULL, false),
    ('valid_amount', o.order_amount > 0, false), ('valid_item_count', o.item_count > 0, true),
    ('valid_operation', o.operation IN ('UPSERT', 'DELETE'), false),
    ('valid_changed_at', oracle.instant_of(o.changed_at) IS NOT NULL, false)) AS rules (rule, passed, kept)
)
SELECT table_name, rule, count(*) AS records, count(*) FILTER (WHERE passed) AS passed,
       count(*) FILTER (WHERE passed IS NOT TRUE) AS failed,
       count(*) FILTER (WHERE passed IS NOT TRUE AND NOT kept) AS dropped
FROM judged GROUP BY table_name, rule;
