-- What circuit-box has to make of its input, worked out from the whole of it at once.

CREATE VIEW oracle.bronze_customers AS
SELECT oracle.number_of(j, 'customer_id')::bigint AS customer_id, oracle.text_of(j, 'customer_name') AS customer_name,
       oracle.text_of(j, 'email') AS email, oracle.text_of(j, 'updated_at') AS updated_at,
       file AS source_file, line AS source_row
FROM (SELECT *, oracle.json_of(value) AS j FROM oracle.lines WHERE folder = 'circuit-box/customers') AS parsed
WHERE j IS NOT NULL;

CREATE VIEW oracle.silver_customers_clean AS
SELECT customer_id, customer_name, email, oracle.instant_of(updated_at) AS updated_at
FROM oracle.bronze_customers WHERE customer_id IS NOT NULL AND oracle.instant_of(updated_at) IS NOT NULL;

CREATE VIEW oracle.silver_customers AS
SELECT DISTINCT ON (customer_id) * FROM oracle.silver_customers_clean ORDER BY customer_id, updated_at DESC;

CREATE VIEW oracle.bronze_addresses AS
SELECT (fields ->> 'customer_id')::bigint AS customer_id, fields ->> 'street' AS street, fields ->> 'city' AS city,
       fields ->> 'state' AS state, fields ->> 'zip_code' AS zip_code, fields ->> 'updated_at' AS updated_at,
       file AS source_file, row_number() OVER (PARTITION BY file ORDER BY (fields ->> 'n')::int) - 1 AS source_row
FROM oracle.snapshot_rows WHERE folder = 'circuit-box/addresses';

CREATE VIEW oracle.silver_addresses_clean AS
SELECT customer_id, street, city, state, zip_code, oracle.instant_of(updated_at) AS updated_at
FROM oracle.bronze_addresses WHERE customer_id IS NOT NULL AND oracle.instant_of(updated_at) IS NOT NULL;

CREATE VIEW oracle.addresses_current AS
SELECT DISTINCT ON (customer_id) * FROM oracle.silver_addresses_clean ORDER BY customer_id, updated_at DESC;

CREATE VIEW oracle.silver_addresses AS
SELECT a.*, c.customer_name, c.customer_id IS NULL AS is_orphan
FROM oracle.addresses_current a LEFT JOIN oracle.silver_customers c USING (customer_id);

CREATE VIEW oracle.orders_as_sent AS
SELECT *, oracle.json_of(value) AS j FROM oracle.lines
WHERE folder = 'circuit-box/orders' AND oracle.json_of(value) IS NOT NULL;

CREATE VIEW oracle.items_as_sent AS
SELECT file, line, n - 1 AS item_number, oracle.text_of(item, 'product_id') AS product_id,
       oracle.text_of(item, 'product_name') AS product_name, oracle.number_of(item, 'quantity')::int AS quantity,
       oracle.number_of(item, 'unit_price') AS unit_price
FROM oracle.orders_as_sent, jsonb_array_elements(j -> 'items') WITH ORDINALITY AS i (item, n);

CREATE VIEW oracle.bronze_orders AS
SELECT oracle.text_of(j, 'order_id') AS order_id, oracle.number_of(j, 'customer_id')::bigint AS customer_id,
       oracle.text_of(j, 'order_timestamp') AS order_timestamp, oracle.text_of(j, 'status') AS status,
       coalesce((SELECT jsonb_agg(jsonb_build_object('product_id', product_id, 'product_name', product_name,
                   'quantity', quantity, 'unit_price', unit_price::numeric(10, 2)::text) ORDER BY item_number)
                 FROM oracle.items_as_sent i WHERE (i.file, i.line) = (o.file, o.line)), '[]') AS items,
       oracle.rescued_of(j, ARRAY['order_id', 'customer_id', 'order_timestamp', 'status', 'items'], '{}') AS _rescued_data,
       file AS source_file, line AS source_row
FROM oracle.orders_as_sent o;

CREATE VIEW oracle.valid_orders AS
SELECT *, oracle.instant_of(order_timestamp) AS ordered_at FROM oracle.bronze_orders
WHERE order_id <> '' AND customer_id IS NOT NULL AND oracle.instant_of(order_timestamp) IS NOT NULL;

CREATE VIEW oracle.silver_orders_clean AS
SELECT order_id, customer_id, ordered_at AS order_timestamp, status, items, source_file, source_row FROM oracle.valid_orders;

CREATE VIEW oracle.orders_current AS
SELECT DISTINCT ON (order_id) order_id, customer_id, ordered_at AS order_timestamp, status
FROM oracle.valid_orders ORDER BY order_id, ordered_at DESC;

CREATE VIEW oracle.silver_orders AS
SELECT o.*, c.customer_name, c.customer_id IS NULL AS is_orphan
FROM oracle.orders_current o LEFT JOIN oracle.silver_customers c USING (customer_id);

CREATE VIEW oracle.silver_order_items_clean AS
SELECT o.order_id, i.item_number::int, o.ordered_at AS order_timestamp, i.product_id, i.product_name, i.quantity, i.unit_price
FROM oracle.valid_orders o JOIN oracle.items_as_sent i ON (i.file, i.line) = (o.source_file, o.source_row)
WHERE i.product_id <> '' AND i.quantity > 0 AND i.unit_price > 0;

CREATE VIEW oracle.silver_order_items AS
SELECT DISTINCT ON (order_id, item_number) * FROM oracle.silver_order_items_clean
ORDER BY order_id, item_number, order_timestamp DESC;

CREATE VIEW oracle.gold_order_lines AS
SELECT i.*, i.quantity * i.unit_price AS amount, o.customer_id, o.customer_name, o.is_orphan, a.street, a.city, a.state,
       a.zip_code
FROM oracle.silver_order_items i JOIN oracle.silver_orders o USING (order_id)
LEFT JOIN oracle.silver_addresses a ON a.customer_id = o.customer_id;

CREATE VIEW oracle.gold_order_totals AS
SELECT order_id, sum(quantity) AS items, sum(quantity * unit_price) AS amount FROM oracle.silver_order_items GROUP BY 1;

CREATE VIEW oracle.gold_order_summary AS
SELECT o.customer_id, o.customer_name, a.street, a.city, a.state, a.zip_code, count(DISTINCT o.order_id) AS total_orders,
       coalesce(sum(i.quantity), 0) AS total_items, coalesce(sum(i.quantity * i.unit_price), 0) AS total_amount,
       max(o.order_timestamp) AS last_order_at
FROM oracle.silver_orders o
LEFT JOIN oracle.silver_addresses a ON a.customer_id = o.customer_id
LEFT JOIN oracle.silver_order_items i ON i.order_id = o.order_id
WHERE NOT o.is_orphan GROUP BY 1, 2, 3, 4, 5, 6;

CREATE VIEW oracle.gold_sales_by_state AS
SELECT state, count(DISTINCT order_id) AS total_orders, sum(quantity) AS total_items, sum(amount) AS total_sales
FROM oracle.gold_order_lines GROUP BY 1;

CREATE VIEW oracle.gold_sales_by_month AS
SELECT date_trunc('month', oracle.day_of(order_timestamp)::timestamp)::date AS month,
       count(DISTINCT order_id) AS total_orders, sum(quantity) AS total_items, sum(amount) AS total_sales
FROM oracle.gold_order_lines GROUP BY 1;

CREATE VIEW oracle.gold_top_products AS
SELECT product_id, product_name, count(DISTINCT order_id) AS total_orders, sum(quantity) AS total_quantity,
       sum(amount) AS total_sales
FROM oracle.gold_order_lines GROUP BY 1, 2;

CREATE VIEW oracle.data_quality_metrics AS
WITH judged AS (
  SELECT 'silver_customers_clean' AS table_name, rule, passed FROM oracle.bronze_customers c, LATERAL (VALUES
    ('valid_customer_id', c.customer_id IS NOT NULL),
    ('valid_updated_at', oracle.instant_of(c.updated_at) IS NOT NULL)) AS rules (rule, passed)
  UNION ALL
  SELECT 'silver_addresses_clean', rule, passed FROM oracle.bronze_addresses a, LATERAL (VALUES
    ('valid_customer_id', a.customer_id IS NOT NULL),
    ('valid_updated_at', oracle.instant_of(a.updated_at) IS NOT NULL)) AS rules (rule, passed)
  UNION ALL
  SELECT 'silver_orders_clean', rule, passed FROM oracle.bronze_orders o, LATERAL (VALUES
    ('valid_order_id', o.order_id <> ''), ('valid_customer_id', o.customer_id IS NOT NULL),
    ('valid_order_timestamp', oracle.instant_of(o.order_timestamp) IS NOT NULL)) AS rules (rule, passed)
  UNION ALL
  SELECT 'silver_order_items_clean', rule, passed
  FROM oracle.valid_orders o JOIN oracle.items_as_sent i ON (i.file, i.line) = (o.source_file, o.source_row),
    LATERAL (VALUES ('valid_product_id', i.product_id <> ''), ('valid_quantity', i.quantity > 0),
      ('valid_unit_price', i.unit_price > 0)) AS rules (rule, passed)
)
SELECT table_name, rule, count(*) AS records, count(*) FILTER (WHERE passed) AS passed,
       count(*) FILTER (WHERE passed IS NOT TRUE) AS failed, count(*) FILTER (WHERE passed IS NOT TRUE) AS dropped
FROM judged GROUP BY table_name, rule;
