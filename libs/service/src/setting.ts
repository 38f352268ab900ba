import { MASK, maskCredentials } from './mask.ts';

/** What reading one setting gave: its value, or what is wrong with it (without the variable's name). */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** One setting of a service: how to read it, what is allowed, and what it is for. */
export type Setting<T = unknown> = {
  readonly doc: string;
  /** Which values are allowed, in words. */
  readonly allowed: string;
  readonly required: boolean;
  readonly secret: boolean;
  readonly default: T | undefined;
  readonly parse: (text: string) => Parsed<T>;
};

/** The settings of a service by the name of their environment variable. */
export type Settings = Readonly<Record<string, Setting>>;

type Options<T> = { readonly doc: string; readonly default?: T; readonly required?: true };

/** A setting that is neither required nor has a default may be absent. */
type Present<T, O> = O extends { required: true } ? T : O extends { default: T } ? T : T | undefined;

const valid = <T>(value: T): Parsed<T> => ({ ok: true, value });

/** A value as a problem may show it: without credentials, on one line, short. */
function shown(text: string): string {
  const masked = text.includes('@') ? `${MASK}${text.slice(text.lastIndexOf('@'))}` : maskCredentials(text);
  return JSON.stringify(masked.length > 80 ? `${masked.slice(0, 80)}…` : masked);
}

const invalid = (text: string, what: string): Parsed<never> => ({ ok: false, problem: `${shown(text)} ${what}` });

function setting<T, O extends Options<T>>(
  options: O,
  allowed: string,
  parse: (text: string) => Parsed<T>,
): Setting<Present<T, O>> {
  return {
    doc: options.doc,
    allowed,
    required: options.required ?? false,
    secret: false,
    default: options.default as Present<T, O>,
    parse: parse as (text: string) => Parsed<Present<T, O>>,
  };
}

/** Any text, or with `pattern` a text of that form; `allowed` says the form in words. */
export const string = <const O extends Options<string> & { pattern?: RegExp; allowed?: string }>(options: O) =>
  setting<string, O>(options, options.allowed ?? 'any text', (text) =>
    options.pattern === undefined || options.pattern.test(text) ? valid(text) : invalid(text, 'has another form'),
  );

/** A URL with one of the given schemes; kept as text. */
export const url = <const O extends Options<string> & { schemes: readonly string[] }>(options: O) => {
  const allowed = `a URL such as ${options.schemes.map((scheme) => `${scheme}://host`).join(' or ')}`;
  return setting<string, O>(options, allowed, (text) => {
    const parsed = URL.parse(text);
    if (parsed === null) return invalid(text, 'is not a URL');
    const scheme = parsed.protocol.slice(0, -1);
    if (!options.schemes.includes(scheme)) return invalid(text, 'has another scheme');
    return parsed.hostname === '' ? invalid(text, 'names no host') : valid(text);
  });
};

const wholeNumber = (text: string, min: number, max: number): Parsed<number> => {
  if (!/^[+-]?\d+$/.test(text)) return invalid(text, 'is not a whole number');
  const value = Number(text);
  return value >= min && value <= max ? valid(value) : invalid(text, 'is out of bounds');
};

type Bounds = { readonly min: number; readonly max: number };

/** A whole number between `min` and `max`, both allowed. `unit` is for the documentation. */
export const integer = <const O extends Options<number> & Bounds & { unit?: string }>(options: O) => {
  const unit = options.unit === undefined ? '' : ` (${options.unit})`;
  return setting<number, O>(options, `a whole number from ${options.min} to ${options.max}${unit}`, (text) =>
    wholeNumber(text, options.min, options.max),
  );
};

/** A duration in whole milliseconds between `min` and `max`. */
export const durationMs = <const O extends Options<number> & Bounds>(options: O) =>
  integer({ ...options, unit: 'milliseconds' });

/** One of a few words. */
export const oneOf = <const W extends string, const O extends Options<W>>(words: readonly W[], options: O) =>
  setting<W, O>(options, `one of ${words.join(', ')}`, (text) => {
    const word = words.find((candidate) => candidate === text);
    return word === undefined ? invalid(text, 'is none of these words') : valid(word);
  });

/** How one item of a list is written. */
export type Item = { readonly allowed: string; readonly accepts: (text: string) => boolean };

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;

/** `host:port`; an IPv6 address in brackets. */
export const hostPort: Item = {
  allowed: 'host:port',
  accepts(text) {
    const match = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d+)$/.exec(text);
    return match?.[2] !== undefined && isPort(match[2]);
  },
};

/** A name in lower case with dashes, as pipelines have. */
export const dashedName: Item = {
  allowed: 'a name in lower case with dashes',
  accepts: (text) => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text),
};

/** Items separated by commas; at least one, none twice. */
export const list = <const O extends Options<readonly string[]>>(item: Item, options: O) =>
  setting<readonly string[], O>(options, `${item.allowed}; several separated by commas`, (text) => {
    const items = text.split(',').map((part) => part.trim());
    const wrong = items.find((part) => !item.accepts(part));
    if (wrong !== undefined) return invalid(wrong, `is not ${item.allowed}`);
    const twice = items.find((part, i) => items.indexOf(part) !== i);
    return twice === undefined ? valid(Object.freeze(items)) : invalid(twice, 'is there twice');
  });

/**
 * A setting whose value is never printed, and which may come from a file: `NAME_FILE` holds the path.
 *
 * @example secret(url({ doc: 'the gold database', schemes: ['postgres', 'postgresql'], required: true }))
 */
export const secret = <T>(inner: Setting<T>): Setting<T> => ({
  ...inner,
  secret: true,
  parse(text) {
    const parsed = inner.parse(text);
    // the inner problem may quote the value, so it is said in general words
    return parsed.ok ? parsed : { ok: false, problem: 'its value (not shown) is not valid' };
  },
});
