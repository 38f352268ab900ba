/**
 * What each view of the shop is, as plain SQL over the keyed tables. Surrogate keys are whatever the view's key table
 * says; the unknown member is left out.
 */
export const shopOracle: Readonly<Record<string, string>> = {
  orders_enriched: `
    SELECT o.order_id, o.customer_id, o.product_id, o.status, o.amount, o.ordered_at,
      CASE WHEN c.customer_id IS NULL THEN 'nobody' ELSE c.name END AS customer_name, c.region,
      (SELECT a.city FROM addresses a WHERE a.customer_id = o.customer_id AND a."__END_AT" IS NULL
       ORDER BY a."__START_AT" DESC LIMIT 1) AS city,
      (o.ordered_at AT TIME ZONE 'UTC')::date AS order_date
    FROM orders o LEFT JOIN customers c ON c.customer_id = o.customer_id`,
  daily_sales: `
    SELECT (o.ordered_at AT TIME ZONE 'UTC')::date AS order_date, c.region, count(*) AS order_count,
      sum(o.amount) AS total_sales, count(DISTINCT o.customer_id) AS unique_customers,
      sum(o.amount)::double precision / count(*) AS avg_order_value
    FROM orders o LEFT JOIN customers c ON c.customer_id = o.customer_id
    WHERE o.status = 'completed' GROUP BY 1, 2`,
  sales_by_region: `
    SELECT d.region, count(*) AS days, sum(d.total_sales) AS total_sales FROM (
      SELECT c.region, sum(o.amount) AS total_sales FROM orders o LEFT JOIN customers c ON c.customer_id = o.customer_id
      WHERE o.status = 'completed' GROUP BY c.region, (o.ordered_at AT TIME ZONE 'UTC')::date) d
    GROUP BY d.region`,
  lifetime_value: `
    SELECT o.customer_id, c.name AS customer_name, count(*) AS total_orders,
      count(*) FILTER (WHERE o.status = 'completed') AS completed_orders,
      sum(o.amount) FILTER (WHERE o.status = 'completed') AS lifetime_value,
      min(o.ordered_at) AS first_order_at, max(o.ordered_at) AS last_order_at
    FROM orders o JOIN customers c ON c.customer_id = o.customer_id GROUP BY 1, 2`,
  top_products: `
    SELECT product_id, count(*) FILTER (WHERE status = 'completed') AS sold, min(amount) AS smallest,
      max(amount) AS greatest, avg(amount)::double precision AS mean
    FROM orders GROUP BY product_id`,
  orders_alike: `
    SELECT customer_id, product_id, status, amount, count(*) AS alike FROM orders GROUP BY 1, 2, 3, 4`,
  orders_apart: `
    SELECT order_id, customer_id, product_id, status, amount, count(*) AS alike FROM orders GROUP BY 1, 2, 3, 4, 5`,
  dim_customer: `
    SELECT (SELECT k.customer_key FROM dim_customer__keys k WHERE k.customer_id = c.customer_id) AS customer_key, c.*
    FROM customers c`,
  dim_product: `
    SELECT (SELECT k.product_key FROM dim_product__keys k WHERE k.product_id = o.product_id) AS product_key,
      o.product_id, count(*) AS orders
    FROM orders o WHERE o.product_id IS NOT NULL GROUP BY o.product_id`,
  fact_orders: `
    SELECT o.order_id,
      coalesce((SELECT k.customer_key FROM dim_customer__keys k JOIN customers c USING (customer_id)
                WHERE k.customer_id = o.customer_id), 0) AS customer_key,
      coalesce((SELECT k.product_key FROM dim_product__keys k WHERE k.product_id = o.product_id), 0) AS product_key,
      o.status, o.amount
    FROM orders o`,
};
