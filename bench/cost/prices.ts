/** A list price: what for, dollars, and where it was last found to be so. */
export type Price = { readonly what: string; readonly dollars: number; readonly seen: string };

/** What a deployment pays for. */
export type Prices = {
  readonly coreHour: Price;
  readonly brokerHour: Price;
  readonly brokerGbMonth: Price;
  readonly databaseHour: Price;
  readonly databaseGbMonth: Price;
  readonly zoneTransferGb: Price;
};

/**
 * List prices on demand, AWS, us-east-1, without reservations, discounts and taxes. Written down in June 2025 and compared in
 * November 2026 with what others have published (docs/operating/cost.md names them), as AWS's own pages could not be opened.
 */
export const PRICES: Prices = {
  coreHour: { what: 'EC2 m7g.large, one of its two cores, an hour', dollars: 0.0408, seen: 'June 2026 [1]' },
  brokerHour: { what: 'MSK broker kafka.m7g.large, an hour', dollars: 0.204, seen: 'undated [3]' },
  brokerGbMonth: { what: 'MSK storage, a GB and month', dollars: 0.1, seen: 'undated [3]' },
  databaseHour: { what: 'RDS for PostgreSQL db.m7g.large, two zones, an hour', dollars: 0.336, seen: 'undated [3]' },
  databaseGbMonth: { what: 'RDS gp3 storage, two zones, a GB and month', dollars: 0.23, seen: 'June 2026 [2]' },
  zoneTransferGb: { what: 'data from one zone to another, a GB, each way', dollars: 0.01, seen: 'June 2025' },
};
