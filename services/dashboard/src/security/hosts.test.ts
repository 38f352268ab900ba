import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allowedHosts, hostNameOf, isLoopback } from './hosts.ts';

test('this machine is known by its names and addresses, with and without brackets', () => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])
    assert.ok(isLoopback(host), host);
});

test('names that only look like this machine are not it', () => {
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.evil.example', '127.0.0.1.nip.io', 'evil-localhost', ''])
    assert.ok(!isLoopback(host), host);
});

test('a Host header gives its name without the port', () => {
  assert.equal(hostNameOf('Dashboard.Example:443'), 'dashboard.example');
  assert.equal(hostNameOf('[::1]:29100'), '::1');
});

test('a Host header that is more than a name and a port has no name', () => {
  for (const header of ['', 'user@localhost', 'localhost:1:2', 'localhost/x', 'localhost, evil.example', ' localhost'])
    assert.equal(hostNameOf(header), null, header);
});

test('only the names given, and those of this machine, are allowed', () => {
  const isAllowed = allowedHosts(['dash.example', '192.0.2.7', '[2001:db8::1]']);
  for (const host of [
    'dash.example',
    'DASH.example:29100',
    '192.0.2.7:1',
    '[2001:db8::1]:2',
    'localhost:3',
    '127.0.0.1',
  ])
    assert.ok(isAllowed(host), host);
  for (const host of ['evil.example', 'x.dash.example', 'dash.example.evil.example', '192.0.2.8', ''])
    assert.ok(!isAllowed(host), host);
});

test('no other domain name is ever allowed', () => {
  const isAllowed = allowedHosts(['dash.example']);
  fc.assert(
    fc.property(fc.domain(), (domain) => {
      assert.equal(isAllowed(domain), domain.toLowerCase() === 'dash.example');
    }),
  );
});
