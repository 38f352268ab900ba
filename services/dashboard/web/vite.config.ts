import { defineConfig } from 'vite';
import { precompress } from './build/precompress.ts';
import { reportSizes } from './build/report-sizes.ts';

// In development the pages ask a running dashboard for everything under /api.
const api = process.env.DASHBOARD_URL ?? 'http://127.0.0.1:29100';

export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  server: { host: '127.0.0.1', proxy: { '/api/': { target: api } } },
  plugins: [precompress(), reportSizes()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'esnext',
    cssTarget: ['chrome125', 'firefox125', 'safari17.5'],
    manifest: 'manifest.json',
    sourcemap: false,
    // The content security policy allows no inline script and no data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // A file of its own: it is data, and changes never.
        codeSplitting: { groups: [{ name: 'countries-110m', test: /world-atlas/ }] },
      },
    },
  },
});
