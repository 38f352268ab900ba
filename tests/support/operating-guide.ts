import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The operating guide. */
export const GUIDE = join(import.meta.dirname, '../../docs/operating/README.md');

/** A block of commands: under which heading it stands, and its text. */
export type GuideBlock = { readonly heading: string; readonly text: string };

/** The blocks that a reader runs one after the other: those that say `sh`. Others are for machines that are not here. */
export function guideBlocks(): readonly GuideBlock[] {
  const found: GuideBlock[] = [];
  let heading = '';
  const parts = readFileSync(GUIDE, 'utf8').matchAll(/^#+ ([^\n]+)$|^( *)```sh\n(.*?)^ *```$/gms);
  for (const [, title, indent, text] of parts)
    if (title !== undefined) heading = title;
    else found.push({ heading, text: text!.replaceAll(new RegExp(`^${indent}`, 'gm'), '') });
  return found;
}

/** All blocks as one script that ends at the first step that fails, and says before each block where it is. */
export const guideScript = (): string =>
  [
    'set -euo pipefail',
    ...guideBlocks().map(
      ({ heading, text }) => `printf '%4d s  %s\\n' "$SECONDS" ${JSON.stringify(heading.replaceAll('`', ''))}\n${text}`,
    ),
    'printf \'%4d s  the end\\n\' "$SECONDS"',
    '',
  ].join('\n');
