/** What a page asks of the hub; said again now and then, it is a sign of life too. */
export type LiveWant = {
  readonly pipeline: string;
  readonly channels: readonly string[];
  /** Somebody looks at the page again, or the network is back: the next attempt is now. */
  readonly hurry?: boolean;
};

/** What keeps the service from reading anything new, with a code of the error catalogue and what to do. */
export type StoreTrouble = { readonly code: string; readonly message: string; readonly remedy: string };

/** What the hub tells a page. */
export type LiveNews =
  /** The hub is there; how the stream is comes by itself. */
  | { readonly kind: 'here' }
  | { readonly kind: 'opened' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'message'; readonly channel: string; readonly message: object }
  | { readonly kind: 'trouble'; readonly at: string; readonly trouble: StoreTrouble | null };

/** One connection to the service; `close` is the last that is heard of it. */
export type Stream = { close(): void };
export type StreamEvents = {
  opened(): void;
  lost(): void;
  heard(event: string, json: string): void;
};

/** What a hub needs of the browser. */
export type Outside = {
  /** Connects to `/api/live`. */
  open(pipeline: string, channels: readonly string[], events: StreamEvents): Stream;
  now(): number;
  /** From 0 to 1, so that pages of many browsers do not come back at once. */
  random(): number;
};
