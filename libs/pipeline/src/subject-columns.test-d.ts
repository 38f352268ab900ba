import { long, row, string } from '@medallion/schema';
import { json, streamingTable, topic } from './index.ts';

const Customer = row('Customer', { customer_id: long(), email: string() });
const bronze = streamingTable('bronze').from(topic('raw', { format: json(Customer), key: 'customer_id' }));

bronze.identifies('customer', 'customer_id').personal('email');
// @ts-expect-error: there is no such column
bronze.identifies('customer', 'costumer_id');
