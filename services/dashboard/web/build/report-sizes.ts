import { resolve } from 'node:path';
import type { Plugin, ResolvedConfig } from 'vite';
import { sizesOf } from './sizes.ts';

const kb = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;

/** Prints what the build weighs, compressed. */
export function reportSizes(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'report-sizes',
    apply: 'build',
    configResolved: (resolved) => {
      config = resolved;
    },
    closeBundle: () => {
      const { initial, code, mapData, files } = sizesOf(resolve(config.root, config.build.outDir));
      console.log(
        `page: ${kb(initial)} for the first paint, ${kb(code)} in all ${files} files (gzip), and ${kb(mapData)} of map data`,
      );
    },
  };
}
