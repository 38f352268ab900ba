import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

type Chunk = {
  readonly file: string;
  readonly name?: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
};

/** Sizes of a build in bytes of gzip: what the first paint needs, and all there is without the data of the map. */
export type Sizes = {
  readonly initial: number;
  readonly code: number;
  readonly mapData: number;
  readonly files: number;
};

/** Measures the build in `folder` by its manifest. */
export function sizesOf(folder: string): Sizes {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Readonly<Record<string, Chunk>>;
  const gzip = (file: string): number => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length;
  const initial = new Set<string>();
  const visit = (chunk: Chunk | undefined): void => {
    if (chunk === undefined || initial.has(chunk.file)) return;
    initial.add(chunk.file);
    for (const css of chunk.css ?? []) initial.add(css);
    for (const name of chunk.imports ?? []) visit(manifest[name]);
  };
  for (const chunk of Object.values(manifest)) if (chunk.isEntry) visit(chunk);
  // Workers are in no manifest.
  const built = readdirSync(join(folder, 'assets')).filter((name) => /\.(js|css)$/.test(name));
  const all = new Set(built.map((name) => `assets/${name}`));
  const data = [...all].filter((file) => /(countries|land)-110m/.test(file));
  const sum = (files: Iterable<string>): number => [...files].reduce((total, file) => total + gzip(file), 0);
  const mapData = sum(data);
  return { initial: sum(initial), code: sum(all) - mapData, mapData, files: all.size };
}
