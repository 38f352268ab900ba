import { GIFT_TYPES, type GiftType, type Region } from '../delivery.ts';
import { cumulate, type Random } from '../random.ts';

/** What children wish for, by region, in the order of GIFT_TYPES. */
const WISHES: Readonly<Record<Region, Float64Array>> = {
  Africa: cumulate([24, 20, 9, 20, 8, 13, 6]),
  Asia: cumulate([19, 15, 25, 12, 17, 8, 4]),
  Europe: cumulate([22, 20, 14, 13, 13, 10, 8]),
  'North America': cumulate([24, 11, 21, 10, 18, 10, 6]),
  Oceania: cumulate([21, 14, 13, 12, 12, 10, 18]),
  'South America': cumulate([27, 11, 11, 15, 12, 13, 11]),
};

/** The mean number of gifts in a delivery: many sweets fit where one bicycle does. */
const MEAN_COUNT: Readonly<Record<GiftType, number>> = {
  toys: 4,
  books: 3,
  electronics: 2,
  clothing: 4,
  games: 3,
  candy: 9,
  bicycles: 1.4,
};

/** No sack holds more. */
const MAX_COUNT = 60;

/** Draws a gift type by the wishes of the region. */
export const drawGiftType = (random: Random, region: Region): GiftType => GIFT_TYPES[random.weighted(WISHES[region])]!;

/** Draws how many gifts: 1 to 60, exponentially distributed about the mean of the type. */
export const drawGiftCount = (random: Random, type: GiftType): number =>
  Math.min(MAX_COUNT, 1 + Math.floor(-Math.log(1 - random.uniform()) * (MEAN_COUNT[type] - 0.5)));
