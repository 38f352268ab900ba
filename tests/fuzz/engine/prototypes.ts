import assert from 'node:assert/strict';

/** What all values of a kind share: an input that changes one of these changes the whole process. */
const SHARED: Readonly<Record<string, object>> = {
  'Object.prototype': Object.prototype,
  'Array.prototype': Array.prototype,
  'Function.prototype': Function.prototype,
  'String.prototype': String.prototype,
  'Number.prototype': Number.prototype,
  'Boolean.prototype': Boolean.prototype,
  'Date.prototype': Date.prototype,
  'RegExp.prototype': RegExp.prototype,
  'Error.prototype': Error.prototype,
  'Map.prototype': Map.prototype,
  'Set.prototype': Set.prototype,
  'Promise.prototype': Promise.prototype,
  'Uint8Array.prototype': Uint8Array.prototype,
  'Buffer.prototype': Buffer.prototype as object,
  Object,
  Array,
  JSON,
};

type Looks = ReadonlyMap<
  string,
  { readonly parent: object | null; readonly members: ReadonlyMap<PropertyKey, unknown> }
>;

function looks(): Looks {
  const found = new Map();
  for (const [name, shared] of Object.entries(SHARED)) {
    const members = new Map<PropertyKey, unknown>();
    for (const key of Reflect.ownKeys(shared)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(shared, key) as PropertyDescriptor;
      members.set(key, value ?? get ?? set);
    }
    found.set(name, { parent: Object.getPrototypeOf(shared) as object | null, members });
  }
  return found;
}

/** Remembers how the prototypes look now; the check fails when any has gained, lost or changed a member. */
export function watchPrototypes(): () => void {
  const before = looks();
  return () => {
    for (const [name, now] of looks()) {
      const { parent, members } = before.get(name)!;
      assert.ok(now.parent === parent, `${name} has another prototype`);
      for (const [key, value] of now.members)
        assert.ok(
          members.has(key) && Object.is(members.get(key), value),
          `${name}.${String(key)} is new or another one`,
        );
      assert.equal(now.members.size, members.size, `${name} has lost a member`);
    }
  };
}
