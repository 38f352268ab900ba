// npm run stack: Kafka, the schema registry and Postgres of this machine alone, until it is stopped. Once all are up it prints
// their addresses as lines of NAME=value for a shell; what happens until then goes to standard error.
process.argv.splice(2, process.argv.length, 'up', ...process.argv.slice(2));
await import('../libs/devstack/src/main.ts');
