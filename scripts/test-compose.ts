// npm run test:compose: docker-compose.yml from end to end, against the oracle. Needs docker; tests/deploy/compose.check.ts.
await import('../tests/deploy/compose.check.ts');
