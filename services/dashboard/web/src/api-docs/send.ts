/** What an address answered, as a person reads it. */
export type Shown = {
  /** Status and reason; why there is none where nobody answered. */
  readonly status: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly etag: string | null;
  readonly mediaType: string | null;
  readonly bytes: number;
  readonly text: string;
  /** Whether more came than is on show. */
  readonly cut: boolean;
};

/** Longer than the service takes for any answer. */
const TIMEOUT_MS = 20_000;
/** A browser shows more only slowly, and nobody reads it. */
const MAX_SHOWN = 100_000;

/** JSON with a line for each value; other text as it is. */
export function formatted(text: string, mediaType: string | null): string {
  if (!/\bjson\b/.test(mediaType ?? '')) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Asks, with the session of this page, and says what came: also of a refusal, which is an answer here. */
export async function send(address: string): Promise<Shown> {
  const began = performance.now();
  const shown = (rest: Omit<Shown, 'ms'>): Shown => ({ ...rest, ms: Math.round(performance.now() - began) });
  try {
    const answer = await fetch(address, {
      ...{ credentials: 'same-origin', cache: 'no-store', headers: { accept: 'application/json, */*' } },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    const mediaType = answer.headers.get('content-type');
    const readable = formatted(text, mediaType);
    return shown({
      ...{ status: `${answer.status} ${answer.statusText}`.trim(), ok: answer.ok, mediaType },
      ...{ etag: answer.headers.get('etag'), bytes: new TextEncoder().encode(text).length },
      ...{ text: readable.slice(0, MAX_SHOWN), cut: readable.length > MAX_SHOWN },
    });
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    const status = late ? `No answer within ${TIMEOUT_MS / 1_000} s` : 'The dashboard cannot be reached';
    return shown({ status, ok: false, etag: null, mediaType: null, bytes: 0, text: '', cut: false });
  }
}
