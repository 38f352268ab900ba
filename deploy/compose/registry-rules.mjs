// Sets the compatibility that every subject has unless it has its own: a schema must be able to read what was written before.
const [url] = process.argv.slice(2);
const level = 'BACKWARD';
const response = await fetch(`${url}/config`, {
  method: 'PUT',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ compatibility: level }),
  signal: AbortSignal.timeout(10_000),
});
if (!response.ok) throw new Error(`PUT /config answered ${response.status}: ${await response.text()}`);
console.log(`compatibility is ${level}`);
