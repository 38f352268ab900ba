import { proveByHalves } from '../support/prove-by-halves.ts';

proveByHalves('circuit-box', [
  ...['bronze_customers', 'bronze_addresses', 'bronze_orders'],
  ...['silver_customers_clean', 'silver_customers', 'silver_addresses_clean', 'addresses_current', 'silver_addresses'],
  ...['silver_orders_clean', 'orders_current', 'silver_orders', 'silver_order_items_clean', 'silver_order_items'],
  ...['gold_order_lines', 'gold_order_summary', 'gold_sales_by_state', 'gold_sales_by_month', 'gold_top_products'],
]);
