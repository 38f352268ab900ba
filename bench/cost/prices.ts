/** A list price: what for, dollars, and of when it is known. */
export type Price = { readonly what: string; readonly dollars: number };

/** What a deployment pays for. */
export type Prices = {
  readonly coreHour: Price;
  readonly brokerHour: Price;
  readonly brokerGbMonth: Price;
  readonly databaseHour: Price;
  readonly databaseGbMonth: Price;
  readonly zoneTransferGb: Price;
};

/** When these were known. Nobody has looked them up since: check them before you decide by them. */
export const PRICES_OF = 'June 2025';

/** List prices on demand, AWS, us-east-1, without reservations, discounts and taxes. */
export const PRICES: Prices = {
  coreHour: { what: 'EC2 m7g.large, one of its two cores, an hour', dollars: 0.0408 },
  brokerHour: { what: 'MSK broker kafka.m7g.large, an hour', dollars: 0.204 },
  brokerGbMonth: { what: 'MSK storage, a GB and month', dollars: 0.1 },
  databaseHour: { what: 'RDS for PostgreSQL db.m7g.large, two zones, an hour', dollars: 0.336 },
  databaseGbMonth: { what: 'RDS gp3 storage, two zones, a GB and month', dollars: 0.23 },
  zoneTransferGb: { what: 'data from one zone to another, a GB, each way', dollars: 0.01 },
};
