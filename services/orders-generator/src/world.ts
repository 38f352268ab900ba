import type { Random } from './random.ts';

const FIRST = [
  'Ada',
  'Bea',
  'Carl',
  'Dana',
  'Emil',
  'Fay',
  'Gus',
  'Hana',
  'Ivo',
  'Jana',
  'Karim',
  'Lena',
  'Mio',
  'Noor',
];
const LAST = ['Abel', 'Böhm', "O'Brien", 'Costa', 'Diaz', 'Eder', 'Fox', 'Gruber', 'Huang', 'Ito', 'Jones', 'Kaya'];

/** Where customers live. */
export type Place = { readonly city: string; readonly state: string; readonly zip: string; readonly region: string };

const PLACES: readonly Place[] = [
  { city: 'Boston', state: 'MA', zip: '02108', region: 'Northeast' },
  { city: 'New York', state: 'NY', zip: '10001', region: 'Northeast' },
  { city: 'Buffalo', state: 'NY', zip: '14201', region: 'Northeast' },
  { city: 'Atlanta', state: 'GA', zip: '30303', region: 'South' },
  { city: 'Austin', state: 'TX', zip: '73301', region: 'South' },
  { city: 'Houston', state: 'TX', zip: '77001', region: 'South' },
  { city: 'Chicago', state: 'IL', zip: '60601', region: 'Midwest' },
  { city: 'Omaha', state: 'NE', zip: '68102', region: 'Midwest' },
  { city: 'Seattle', state: 'WA', zip: '98101', region: 'West' },
  { city: 'Portland', state: 'OR', zip: '97201', region: 'West' },
];
const SEGMENTS = ['consumer', 'corporate', 'home office'] as const;
const STREETS = ['Main St', 'Oak Ave', 'Elm St, Apt "B"', 'Lake Rd', 'Hill, North'];

/** A customer as the shop knows it now. */
export type Customer = {
  readonly customer_id: number;
  readonly customer_name: string;
  readonly email: string;
  readonly segment: string;
  readonly place: Place;
  readonly street: string;
};

/** The customer with this number: the draws decide the rest. */
export function newCustomer(random: Random, id: number): Customer {
  const first = random.pick(FIRST);
  const last = random.pick(LAST);
  return {
    customer_id: id,
    customer_name: `${first} ${last}`,
    email: `${first}.${last}.${id}@example.com`.toLowerCase().replaceAll("'", ''),
    segment: random.pick(SEGMENTS),
    place: random.pick(PLACES),
    street: `${random.whole(1, 99)} ${random.pick(STREETS)}`,
  };
}

/** The customer after a move to another place. */
export const moved = (random: Random, customer: Customer): Customer => ({
  ...customer,
  place: random.pick(PLACES.filter((place) => place.city !== customer.place.city)),
  street: `${random.whole(1, 99)} ${random.pick(STREETS)}`,
});

/** The customer in another segment. */
export const promoted = (random: Random, customer: Customer): Customer => ({
  ...customer,
  segment: random.pick(SEGMENTS.filter((segment) => segment !== customer.segment)),
});

/** The things that the shop sells; prices in cents. */
export const PRODUCTS = Array.from({ length: 20 }, (_, i) => ({
  product_id: `P-${String(i + 1).padStart(3, '0')}`,
  product_name: `${['Lamp', 'Chair', 'Mug', 'Book', 'Cable'][i % 5]} ${['red', 'blue', 'green', 'black'][i % 4]}`,
  cents: 250 + ((i * 7919) % 12_000),
}));

/** An amount of money as JSON numbers have it. */
export const money = (cents: number): number => cents / 100;

/** ISO-8601 UTC with milliseconds. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** A number in a name, so that names sort as numbers do. */
export const padded = (n: number): string => String(n).padStart(6, '0');
