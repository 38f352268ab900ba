import type { Settings } from './setting.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function standard(value: unknown, required: boolean): string {
  if (required) return '**required**';
  if (value === undefined) return 'not set';
  return `\`${Array.isArray(value) ? value.join(',') : String(value)}\``;
}

/** A Markdown table of settings: variable, default, what is allowed, what it is for. */
export function settingsDoc(settings: Settings): string {
  const rows = Object.entries(settings).map(([name, setting]) => {
    const variable = setting.secret ? `\`${name}\` or \`${name}_FILE\`` : `\`${name}\``;
    return `| ${variable} | ${standard(setting.default, setting.required)} | ${cell(setting.allowed)} | ${cell(setting.doc)} |`;
  });
  return ['| variable | default | allowed | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
