import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMedallionError } from '@medallion/core';
import fc from 'fast-check';
import { databaseAddress, databaseUrlFrom, tlsOptions, withPassword } from './database-address.ts';

const modeOf = (query: string): string => databaseAddress(`postgres://me@db/gold?${query}`).tls.mode;
const isInvalid = (problem: RegExp) => (error: unknown) =>
  isMedallionError(error) && error.code === 'MED_DATABASE_URL_INVALID' && problem.test(error.message);

test('an address is taken apart: host, port, user, password, database, escapes and all', () => {
  const { tls, ...address } = databaseAddress('postgresql://a%40b:p%2Fw@[::1]:6432/my%20db');
  assert.deepEqual(address, {
    ...{ host: '::1', port: 6432, user: 'a@b', database: 'my db', password: 'p/w', passwordFile: undefined },
  });
  assert.equal(tls.mode, 'disable');
  assert.equal(databaseAddress('postgres:///gold?host=/run/postgresql').host, '/run/postgresql');
  assert.equal(databaseAddress('postgres://db/gold').port, 5432);
});

test('sslmode means what it means to libpq: require verifies nothing, but with a root certificate who signed', () => {
  assert.equal(modeOf('sslmode=require'), 'require');
  assert.equal(modeOf('sslmode=require&sslrootcert=/ca.pem'), 'verify-ca');
  assert.equal(modeOf('sslmode=verify-ca&sslrootcert=/ca.pem'), 'verify-ca');
  assert.equal(modeOf('sslmode=verify-full&sslrootcert=system'), 'verify-full');
  assert.equal(modeOf('sslmode=disable'), 'disable');
  const of = (query: string) => tlsOptions(databaseAddress(`postgres://me@db/gold?${query}`));
  assert.equal(of('sslmode=disable'), false);
  const loose = of('sslmode=require');
  assert.ok(loose && loose.rejectUnauthorized === false);
  const full = of('sslmode=verify-full');
  assert.ok(full && full.rejectUnauthorized === true && full.checkServerIdentity === undefined && full.host === 'db');
});

test('what promises no encryption, is not known or contradicts itself is refused', () => {
  for (const [query, problem] of [
    ['sslmode=prefer', /promises no encryption; allowed: disable, require/],
    ['sslmode=allow', /promises no encryption/],
    ['sslmode=no-verify', /is not known/],
    ['sslmode=VERIFY-FULL', /is not known/],
    ['ssl=true', /"ssl" is not known/],
    ['sslrootcert=/ca.pem', /sslmode does not say what for/],
    ['sslmode=verify-full&sslcert=/c.pem', /come together/],
  ] as const)
    assert.throws(() => modeOf(query), isInvalid(problem), query);
  assert.throws(() => databaseAddress('mysql://db/gold'), isInvalid(/no postgres/));
  assert.throws(() => databaseAddress('postgres://me:50%@db/gold'), isInvalid(/no escape/));
});

test('a password replaces that of the address, whatever characters it has', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
      fc.pre(text.isWellFormed());
      const address = databaseAddress(withPassword('postgres://me:old@db/gold?sslmode=require', { text }));
      assert.deepEqual([address.password, address.user, address.tls.mode], [text, 'me', 'require']);
    }),
    { numRuns: 50 },
  );
  const named = databaseAddress(databaseUrlFrom('postgres://me:old@db/gold', { DATABASE_PASSWORD_FILE: '/run/a b&c' }));
  assert.deepEqual([named.password, named.passwordFile], [undefined, '/run/a b&c']);
  assert.equal(databaseUrlFrom('postgres://me:old@db/gold', { DATABASE_PASSWORD: '' }), 'postgres://me:old@db/gold');
});
