import assert from 'node:assert/strict';
import { test } from 'node:test';
import { midnightPoint, subsolarPoint } from './sun.ts';

const near = (a: number, b: number, by: number): void => assert.ok(Math.abs(a - b) <= by, `${a} is not near ${b}`);

test('at noon in Greenwich the sun is over its meridian, and six hours later over the Americas', () => {
  near(subsolarPoint(Date.UTC(2026, 11, 24, 12)).longitude, 0, 0.01);
  near(subsolarPoint(Date.UTC(2026, 11, 24, 18)).longitude, -90, 0.01);
  near(subsolarPoint(Date.UTC(2026, 11, 24, 6)).longitude, 90, 0.01);
});

test('in December it stands over the south, in June over the north, in March over the equator', () => {
  near(subsolarPoint(Date.UTC(2026, 11, 21, 12)).latitude, -23.4, 0.3);
  near(subsolarPoint(Date.UTC(2026, 5, 21, 12)).latitude, 23.4, 0.3);
  near(subsolarPoint(Date.UTC(2026, 2, 21, 12)).latitude, 0, 1);
});

test('the middle of the night is opposite of the sun, on the map', () => {
  for (let hour = 0; hour < 24; hour++) {
    const at = Date.UTC(2026, 11, 24, hour, 30);
    const [sun, night] = [subsolarPoint(at), midnightPoint(at)];
    near(Math.abs(sun.longitude - night.longitude), 180, 1e-9);
    near(night.latitude, -sun.latitude, 1e-9);
    assert.ok(Math.abs(night.longitude) <= 180);
  }
});
