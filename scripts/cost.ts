// `npm run cost`: see bench/cost/main.ts.
await import('../bench/cost/main.ts');
