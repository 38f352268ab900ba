import { type GeoProjection, geoCircle, geoGraticule10, geoNaturalEarth1, geoPath } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import countries from 'world-atlas/countries-110m.json';
import { midnightPoint } from './sun.ts';

type Atlas = Parameters<typeof mesh>[0];
type Countries = NonNullable<Parameters<typeof mesh>[1]>;

const atlas = countries as unknown as Atlas & {
  readonly objects: { readonly land: Countries; readonly countries: Countries };
};

/** The map's own pixels: the earth without most of the Antarctic. */
export const WIDTH = 960;
export const HEIGHT = 452;

const projection: GeoProjection = geoNaturalEarth1()
  .scale(WIDTH / 5.55)
  .translate([WIDTH / 2, HEIGHT / 2 + 32])
  .rotate([-11, 0])
  .precision(0.3);
const path = geoPath(projection);

/** What does not move, as paths. */
export const EARTH = {
  sphere: path({ type: 'Sphere' }) ?? '',
  graticule: path(geoGraticule10()) ?? '',
  land: path(feature(atlas, atlas.objects.land)) ?? '',
  borders: path(mesh(atlas, atlas.objects.countries, (a, b) => a !== b)) ?? '',
} as const;

/** Where a place is on the map. */
export const project = (longitude: number, latitude: number): readonly [number, number] | null =>
  projection([longitude, latitude]);

/** Where it is night at a moment. */
export function nightPath(at: number): string {
  const { longitude, latitude } = midnightPoint(at);
  return path(geoCircle().center([longitude, latitude]).radius(90).precision(2)()) ?? '';
}
