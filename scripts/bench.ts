// `npm run bench`: see bench/main.ts.
await import('../bench/main.ts');
