import { after, afterEach, before, describe } from 'node:test';
import { openBrowser } from '../support/browser.ts';
import { DashboardWorld } from '../support/dashboard-world.ts';
import { everyPage } from './every-page.ts';
import { failures } from './failures.ts';
import { full } from './full.ts';
import { login } from './login.ts';
import { night } from './night.ts';
import { quarantine } from './quarantine.ts';
import type { Room } from './room.ts';
import { sameSnapshot } from './same-snapshot.ts';

/** The dashboard as people see it: a browser, before the flagship with its generator, its services and its stack. */

let room: Room | undefined;
const given = (): Room => room ?? nothing();
const nothing = (): never => {
  throw new Error('the dashboard did not start');
};

before(async () => {
  const [world, browser] = await Promise.all([DashboardWorld.start(), openBrowser()]);
  room = { world, browser };
});
let failed = false;
afterEach((context) => {
  failed ||= 'passed' in context && !context.passed;
});
after(async () => {
  await room?.browser.close();
  await room?.world.close(failed);
});

// Suites take this from the one around them where they do not say it. Those that want the world at rest or at work go one after the other; those that only look, beside them.
describe('the dashboard', { concurrency: true }, () => {
  describe('one after the other', { concurrency: false }, () => {
    describe('the business page while events come in', () => sameSnapshot(given));
    describe('the business page', () => night(given));
    describe('quarantine', () => quarantine(given));
    describe('with a login', () => login(given));
  });
  describe('every page', { concurrency: false }, () => everyPage(given));
});
describe('when something is gone', { concurrency: true }, () => {
  describe('of the world', { concurrency: false }, () => failures(given));
  describe('of the streams', () => full(given));
});
