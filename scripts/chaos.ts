// `npm run chaos`: see tests/chaos/main.ts.
await import('../tests/chaos/main.ts');
