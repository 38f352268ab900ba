import { proveByHalves } from '../support/prove-by-halves.ts';

proveByHalves('lakeflow-customers', [
  ...['bronze_customers', 'silver_customers_clean', 'silver_customers'],
  ...['bronze_addresses', 'silver_addresses_clean', 'silver_addresses'],
  ...['bronze_orders', 'silver_orders_clean', 'silver_orders'],
  'gold_customer_orders',
]);
