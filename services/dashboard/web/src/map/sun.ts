/** A place on the earth in degrees. */
export type Place = { readonly longitude: number; readonly latitude: number };

const DAY_MS = 86_400_000;
const TILT = 23.44;

/** Where the sun stands highest at a moment, to about a degree: enough to shade a map by. */
export function subsolarPoint(at: number): Place {
  const date = new Date(at);
  const dayOfYear = (at - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS;
  const latitude = -TILT * Math.cos((2 * Math.PI * (dayOfYear + 10)) / 365.25);
  const share = (at % DAY_MS) / DAY_MS;
  return { longitude: (0.5 - share) * 360, latitude };
}

/** The middle of the night: opposite of where the sun stands. */
export function midnightPoint(at: number): Place {
  const sun = subsolarPoint(at);
  return { longitude: sun.longitude > 0 ? sun.longitude - 180 : sun.longitude + 180, latitude: -sun.latitude };
}
