/** Ends of names that programs give to files while they write them. */
const UNFINISHED = ['.tmp', '.temp', '.part', '.partial', '.crdownload', '.download', '.filepart', '.swp', '~'];

/** Whether a file or folder of this name is one that somebody still works on, or that is no data by convention. */
const isHidden = (name: string): boolean => name.startsWith('.') || name.startsWith('_');

/**
 * Makes the test of paths: the name must match the pattern, where `*` stands for any characters, and neither it nor a
 * folder on the way to it may be hidden; `path` itself may.
 */
export function fileNames(path: string, pattern: string): (file: string) => boolean {
  const literal = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const form = new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`, 's');
  const skipped = path === '' ? 0 : path.length + 1;
  return (file) => {
    const names = file.slice(skipped).split('/');
    const name = names[names.length - 1]!;
    const lower = name.toLowerCase();
    return form.test(name) && !names.some(isHidden) && !UNFINISHED.some((end) => lower.endsWith(end));
  };
}
