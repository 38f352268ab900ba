import type { Random } from '../random.ts';
import { CITIES } from './cities.ts';
import { greatCircleKm } from './great-circle.ts';

/** How many sleighs fly. */
export const FLEET = 48;
/** So many are asked where they are; the nearest one flies. */
const ASKED = 4;
/** Over the roofs of one city, in kilometres. */
const LOCAL_KM = [2, 40] as const;

const IDS: readonly string[] = Array.from({ length: FLEET }, (_, i) => `sleigh-${String(i + 1).padStart(2, '0')}`);

const DISTANCES = Float64Array.from({ length: CITIES.length ** 2 }, (_, i) =>
  greatCircleKm(CITIES[Math.floor(i / CITIES.length)]!, CITIES[i % CITIES.length]!),
);

/** A sleigh on its way, and how far it flies. */
export type Trip = { readonly sleighId: string; readonly distanceKm: number };

/** Sends sleighs to cities; each then is where it was sent. `city` is an index into CITIES. */
export interface Fleet {
  send(city: number): Trip;
}

/** A fleet spread over the cities at random. */
export function createFleet(random: Random): Fleet {
  const cityOf = Uint16Array.from({ length: FLEET }, () => random.below(CITIES.length));
  return {
    send(city) {
      let nearest = random.below(FLEET);
      for (let asked = 1; asked < ASKED; asked++) {
        const other = random.below(FLEET);
        if (distanceOf(cityOf[other]!, city) < distanceOf(cityOf[nearest]!, city)) nearest = other;
      }
      const km = distanceOf(cityOf[nearest]!, city) + random.between(LOCAL_KM[0], LOCAL_KM[1]);
      cityOf[nearest] = city;
      return { sleighId: IDS[nearest]!, distanceKm: Math.round(km * 10) / 10 };
    },
  };
}

const distanceOf = (from: number, to: number): number => DISTANCES[from * CITIES.length + to]!;
