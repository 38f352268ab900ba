-- What orders-streaming has to make of its input, worked out from the whole of it at once.

CREATE VIEW oracle.order_stream AS
SELECT oracle.text_of(j, 'order_id') AS order_id,
       oracle.number_of(j, 'customer_id')::bigint AS customer_id,
       oracle.text_of(j, 'product_id') AS product_id,
       oracle.text_of(j, 'order_timestamp') AS order_timestamp,
       oracle.text_of(j, 'order_status') AS order_status,
       oracle.number_of(j, 'quantity')::int AS quantity,
       oracle.number_of(j, 'amount') AS amount,
       oracle.rescued_of(
         j,
         ARRAY['order_id', 'customer_id', 'product_id', 'order_timestamp', 'order_status', 'quantity', 'amount'],
         CASE WHEN jsonb_typeof(j -> 'amount') = 'string' THEN ARRAY['amount'] ELSE '{}' END
       ) AS _rescued_data,
       topic AS source_topic, partition AS source_partition, "offset" AS source_offset
FROM (SELECT *, oracle.json_of(value) AS j FROM oracle.records WHERE topic = 'source.orders') AS parsed
WHERE j IS NOT NULL;

CREATE VIEW oracle.customer_versions AS
SELECT file, (fields ->> 'customer_id')::bigint AS customer_id, fields ->> 'customer_name' AS customer_name,
       fields ->> 'city' AS city, fields ->> 'segment' AS segment
FROM oracle.snapshot_rows;

CREATE VIEW oracle.customer_mv AS
SELECT customer_id, customer_name, city, segment FROM oracle.customer_versions
WHERE file = (SELECT max(file) FROM oracle.snapshot_rows);

-- Orders were sent between snapshots: each one is joined with the newest before it.
CREATE VIEW oracle.valid_orders AS
SELECT o.order_id, o.customer_id, o.product_id, oracle.instant_of(o.order_timestamp) AS order_timestamp, o.order_status,
       o.quantity, o.amount, oracle.day_of(oracle.instant_of(o.order_timestamp)) AS order_date, o.source_partition, o.source_offset, p.file
FROM oracle.order_stream o
JOIN oracle.phases p ON p.partition = o.source_partition AND o.source_offset >= p.first AND o.source_offset < p.after
WHERE o.order_id <> '' AND o.product_id <> '' AND oracle.instant_of(o.order_timestamp) IS NOT NULL
  AND o.order_status IN ('pending', 'completed', 'cancelled') AND o.quantity > 0 AND o.amount > 0;

CREATE VIEW oracle.silver_orders AS
SELECT o.order_id, o.customer_id, o.product_id, o.order_timestamp, o.order_status, o.quantity, o.amount,
       o.order_date, c.customer_name, c.city, c.segment
FROM oracle.valid_orders o
LEFT JOIN oracle.customer_versions c ON c.file = o.file AND c.customer_id = o.customer_id;

CREATE VIEW oracle.filtered_orders_append AS
SELECT * FROM oracle.silver_orders WHERE order_status = 'pending'
UNION ALL
SELECT * FROM oracle.silver_orders WHERE order_status = 'completed';

CREATE VIEW oracle.append_orders_stream AS SELECT * FROM oracle.filtered_orders_append;

CREATE VIEW oracle.orders_current AS
SELECT DISTINCT ON (order_id) order_id, customer_id, product_id, order_timestamp, order_status, quantity, amount,
  order_date
FROM oracle.valid_orders ORDER BY order_id, order_timestamp DESC;

-- Surrogate keys are integers of the engine's choice, so facts and dimensions are compared by what the keys stand for.
CREATE VIEW oracle.dim_customer AS
SELECT customer_id, customer_name, city, segment FROM oracle.customer_mv
UNION ALL SELECT NULL, NULL, NULL, NULL;

CREATE VIEW oracle.dim_product AS
SELECT product_id, min(order_timestamp) AS first_ordered_at FROM oracle.orders_current GROUP BY product_id
UNION ALL SELECT NULL, NULL;

CREATE VIEW oracle.dim_date AS
SELECT order_date, count(*) AS orders, extract(year FROM order_date)::int AS year,
       extract(month FROM order_date)::int AS month, extract(day FROM order_date)::int AS day
FROM oracle.orders_current GROUP BY order_date
UNION ALL SELECT NULL, NULL, NULL, NULL, NULL;

CREATE VIEW oracle.fact_orders AS
SELECT o.order_id, o.order_status, o.quantity, o.amount, o.order_timestamp, c.customer_id, o.product_id,
       o.order_date
FROM oracle.orders_current o LEFT JOIN oracle.customer_mv c USING (customer_id);

CREATE VIEW oracle.data_quality_metrics AS
WITH judged AS (
  SELECT rule, passed FROM oracle.order_stream o, LATERAL (VALUES
    ('valid_order_id', o.order_id <> ''),
    ('valid_product_id', o.product_id <> ''),
    ('valid_order_timestamp', oracle.instant_of(o.order_timestamp) IS NOT NULL),
    ('valid_order_status', o.order_status IN ('pending', 'completed', 'cancelled')),
    ('positive_quantity', o.quantity > 0),
    ('positive_amount', o.amount > 0),
    ('known_customer', o.customer_id IS NOT NULL)) AS rules (rule, passed)
)
SELECT 'silver_orders' AS table_name, rule, count(*) AS records, count(*) FILTER (WHERE passed) AS passed,
       count(*) FILTER (WHERE passed IS NOT TRUE) AS failed,
       count(*) FILTER (WHERE passed IS NOT TRUE AND rule <> 'known_customer') AS dropped
FROM judged GROUP BY rule;
