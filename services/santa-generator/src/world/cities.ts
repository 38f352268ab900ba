import type { Region } from '../delivery.ts';

/** A city that gets presents. */
export type City = {
  readonly name: string;
  readonly country: string;
  readonly region: Region;
  /** Degrees, north positive. */
  readonly latitude: number;
  /** Degrees, east positive. */
  readonly longitude: number;
  /** Millions of people in the urban area: how often it is visited. */
  readonly population: number;
  /** Hours ahead of UTC in December, as its people's clocks show (southern summer time included). */
  readonly utcOffset: number;
};

type Row = readonly [
  name: string,
  country: string,
  latitude: number,
  longitude: number,
  population: number,
  utcOffset: number,
];

const cities = (region: Region, rows: readonly Row[]): City[] =>
  rows.map(([name, country, latitude, longitude, population, utcOffset]) => ({
    name,
    country,
    region,
    latitude,
    longitude,
    population,
    utcOffset,
  }));

/** Every city, by region; each has at least seven. */
export const CITIES: readonly City[] = [
  ...cities('Africa', [
    ['Cairo', 'Egypt', 30.0444, 31.2357, 22.6, 2],
    ['Lagos', 'Nigeria', 6.5244, 3.3792, 16.5, 1],
    ['Kinshasa', 'DR Congo', -4.4419, 15.2663, 17.0, 1],
    ['Johannesburg', 'South Africa', -26.2041, 28.0473, 6.3, 2],
    ['Nairobi', 'Kenya', -1.2921, 36.8219, 5.5, 3],
    ['Addis Ababa', 'Ethiopia', 9.03, 38.74, 5.7, 3],
    ['Casablanca', 'Morocco', 33.5731, -7.5898, 3.9, 1],
    ['Accra', 'Ghana', 5.6037, -0.187, 2.7, 0],
    ['Dakar', 'Senegal', 14.7167, -17.4677, 3.5, 0],
    ['Antananarivo', 'Madagascar', -18.8792, 47.5079, 3.9, 3],
  ]),
  ...cities('Asia', [
    ['Tokyo', 'Japan', 35.6762, 139.6503, 37.1, 9],
    ['Seoul', 'South Korea', 37.5665, 126.978, 10.0, 9],
    ['Shanghai', 'China', 31.2304, 121.4737, 29.9, 8],
    ['Manila', 'Philippines', 14.5995, 120.9842, 14.9, 8],
    ['Jakarta', 'Indonesia', -6.2088, 106.8456, 11.4, 7],
    ['Bangkok', 'Thailand', 13.7563, 100.5018, 11.2, 7],
    ['Dhaka', 'Bangladesh', 23.8103, 90.4125, 23.9, 6],
    ['Kathmandu', 'Nepal', 27.7172, 85.324, 1.6, 5.75],
    ['Mumbai', 'India', 19.076, 72.8777, 21.7, 5.5],
    ['Karachi', 'Pakistan', 24.8607, 67.0011, 17.6, 5],
    ['Dubai', 'United Arab Emirates', 25.2048, 55.2708, 3.0, 4],
    ['Tehran', 'Iran', 35.6892, 51.389, 9.6, 3.5],
  ]),
  ...cities('Europe', [
    ['Moscow', 'Russia', 55.7558, 37.6173, 12.7, 3],
    ['Istanbul', 'Türkiye', 41.0082, 28.9784, 16.0, 3],
    ['Helsinki', 'Finland', 60.1699, 24.9384, 1.3, 2],
    ['Athens', 'Greece', 37.9838, 23.7275, 3.2, 2],
    ['Stockholm', 'Sweden', 59.3293, 18.0686, 1.7, 1],
    ['Rome', 'Italy', 41.9028, 12.4964, 4.3, 1],
    ['Berlin', 'Germany', 52.52, 13.405, 3.6, 1],
    ['Paris', 'France', 48.8566, 2.3522, 11.3, 1],
    ['Madrid', 'Spain', 40.4168, -3.7038, 6.8, 1],
    ['London', 'United Kingdom', 51.5074, -0.1278, 9.7, 0],
    ['Reykjavik', 'Iceland', 64.1466, -21.9426, 0.14, 0],
  ]),
  ...cities('North America', [
    ["St. John's", 'Canada', 47.5615, -52.7126, 0.21, -3.5],
    ['New York', 'United States', 40.7128, -74.006, 19.0, -5],
    ['Toronto', 'Canada', 43.6532, -79.3832, 6.4, -5],
    ['Havana', 'Cuba', 23.1136, -82.3666, 2.2, -5],
    ['Chicago', 'United States', 41.8781, -87.6298, 8.9, -6],
    ['Mexico City', 'Mexico', 19.4326, -99.1332, 22.5, -6],
    ['Denver', 'United States', 39.7392, -104.9903, 2.9, -7],
    ['Los Angeles', 'United States', 34.0522, -118.2437, 12.5, -8],
    ['Anchorage', 'United States', 61.2181, -149.9003, 0.29, -9],
  ]),
  ...cities('Oceania', [
    ['Kiritimati', 'Kiribati', 1.8721, -157.4278, 0.01, 14],
    ['Auckland', 'New Zealand', -36.8509, 174.7645, 1.7, 13],
    ['Suva', 'Fiji', -18.1248, 178.4501, 0.19, 12],
    ['Sydney', 'Australia', -33.8688, 151.2093, 5.2, 11],
    ['Brisbane', 'Australia', -27.4698, 153.0251, 2.5, 10],
    ['Port Moresby', 'Papua New Guinea', -9.4438, 147.1803, 0.41, 10],
    ['Perth', 'Australia', -31.9505, 115.8605, 2.1, 8],
    ['Honolulu', 'United States', 21.3069, -157.8583, 0.35, -10],
  ]),
  ...cities('South America', [
    ['São Paulo', 'Brazil', -23.5505, -46.6333, 22.8, -3],
    ['Buenos Aires', 'Argentina', -34.6037, -58.3816, 15.6, -3],
    ['Santiago', 'Chile', -33.4489, -70.6693, 7.0, -3],
    ['Montevideo', 'Uruguay', -34.9011, -56.1645, 1.8, -3],
    ['La Paz', 'Bolivia', -16.4897, -68.1193, 2.0, -4],
    ['Caracas', 'Venezuela', 10.4806, -66.9036, 3.0, -4],
    ['Bogotá', 'Colombia', 4.711, -74.0721, 11.5, -5],
    ['Lima', 'Peru', -12.0464, -77.0428, 11.4, -5],
    ['Quito', 'Ecuador', -0.1807, -78.4678, 2.0, -5],
  ]),
];
