import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { claimAt, roleOfClaim } from './roles.ts';

const values = { viewer: ['staff'], operator: ['ops', 'admins'] };

test('one value of the claim is enough, and an operator is more than a viewer', () => {
  assert.equal(roleOfClaim(['staff'], values), 'viewer');
  assert.equal(roleOfClaim('staff', values), 'viewer');
  assert.equal(roleOfClaim(['x', 'staff', 'ops'], values), 'operator');
});

test('nothing else gives a role', () => {
  for (const claim of [undefined, null, [], 'STAFF', 'staff ops', 'ops,', ['op'], { 0: 'ops' }, [['ops']], 1, true])
    assert.equal(roleOfClaim(claim, values), null, JSON.stringify(claim));
  fc.assert(
    fc.property(fc.anything(), (claim) => {
      if (claim !== 'staff' && claim !== 'ops' && claim !== 'admins' && !Array.isArray(claim))
        assert.equal(roleOfClaim(claim, values), null);
    }),
  );
});

test('a claim is found by its name, or by the path to it', () => {
  assert.deepEqual(claimAt({ groups: ['ops'] }, 'groups'), ['ops']);
  assert.deepEqual(claimAt({ realm_access: { roles: ['ops'] } }, 'realm_access.roles'), ['ops']);
  assert.deepEqual(claimAt({ 'https://x.example/roles': 'ops' }, 'https://x.example/roles'), 'ops');
  assert.equal(claimAt({ groups: 'ops' }, 'constructor.name'), undefined);
  assert.equal(claimAt({ a: null }, 'a.b'), undefined);
});
