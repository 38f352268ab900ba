import { type Clock, silentLog, systemClock } from '@medallion/core';
import type { TableStore } from '@medallion/runtime';
import type pg from 'pg';
import { createPool, type StoreTimeouts } from '../src/connection.ts';
import { createDashboardReader, type DashboardReader } from '../src/dashboard-reader.ts';
import { createTableStore } from '../src/table-store.ts';

/**
 * Of sessions that a test does not want to end by themselves: on a machine that is busy with something else a transaction may
 * rest for long between two statements, and a migration behind those of other tests.
 */
export const PATIENT: StoreTimeouts = {
  statementMs: 120_000,
  lockMs: 120_000,
  stalledMs: 120_000,
  connectMs: 60_000,
};

/** A connection of a test itself. */
export const patientPool = (databaseUrl: string, timeouts: Partial<StoreTimeouts> = {}): pg.Pool =>
  createPool({
    ...{ databaseUrl, poolSize: 1, applicationName: 'medallion-test', log: silentLog },
    timeouts: { ...PATIENT, ...timeouts },
  });

/** A store beside the one under test. */
export const patientStore = (databaseUrl: string, clock: Clock = systemClock): TableStore =>
  createTableStore({ databaseUrl, log: silentLog, timeouts: PATIENT, clock });

/** A reader whose pages wait for as long as they have to. */
export const patientDashboard = (
  databaseUrl: string,
  over: { readonly statementMs?: number; readonly role?: string; readonly poolSize?: number } = {},
): DashboardReader =>
  createDashboardReader({ databaseUrl, statementMs: PATIENT.statementMs, connectMs: PATIENT.connectMs, ...over });
