import type { Scenario } from '../scenario.ts';
import { circuitBox } from './circuit-box.ts';
import { lakeflowCustomers } from './lakeflow-customers.ts';
import { medallionSales } from './medallion-sales.ts';
import { ordersStreaming } from './orders-streaming.ts';

/** What is sent for a pipeline, and what has to be there before. */
export type PipelineInput = {
  readonly scenario: Scenario;
  /** Topics that it sends to. */
  readonly topics: readonly string[];
  /** Folders below the landing folder that its files come to. */
  readonly folders: readonly string[];
};

/** The inputs of the pipelines that live on orders, by pipeline. */
export const INPUTS: Readonly<Record<string, PipelineInput>> = {
  'orders-streaming': {
    scenario: ordersStreaming,
    topics: ['source.orders'],
    folders: ['orders-streaming/customers'],
  },
  'medallion-sales': {
    scenario: medallionSales,
    topics: [],
    folders: ['medallion-sales/orders', 'medallion-sales/customers'],
  },
  'lakeflow-customers': {
    scenario: lakeflowCustomers,
    topics: ['lakeflow.orders'],
    folders: ['lakeflow-customers/customers', 'lakeflow-customers/addresses'],
  },
  'circuit-box': {
    scenario: circuitBox,
    topics: [],
    folders: ['circuit-box/customers', 'circuit-box/addresses', 'circuit-box/orders'],
  },
};

/** The inputs of a pipeline that nothing is sent for: they are there, so that its services need not wait for them. */
export const preparedOnly = (topics: readonly string[], folders: readonly string[]): PipelineInput => ({
  *scenario() {},
  topics,
  folders,
});
