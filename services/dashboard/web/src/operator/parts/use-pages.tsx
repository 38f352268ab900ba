import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, getJson } from '../../api/client.ts';
import type { Problem } from '../../api/contract.ts';
import { type Following, type Resource, useResource } from '../../api/resource.ts';

type Page = { readonly nextCursor: string | null };

/** A list that comes in pages: the first follows its address, further ones are added when they are asked for. */
export type Pages<P> = {
  readonly first: Resource<P>;
  readonly pages: readonly P[];
  /** Asks for the next page; null where there is none, or while one is on its way. */
  readonly more: (() => void) | null;
  readonly problem: Problem | null;
};

/** `following` holds only while no further page is on show: a list that is read must not move. */
export function usePages<P extends Page>(url: string, following?: Following<P>): Pages<P> {
  const [further, setFurther] = useState<readonly P[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const first = useResource<P>(url, further.length === 0 ? following : undefined);
  const head = first.data.value;
  const running = useRef<AbortController | null>(null);
  useEffect(() => {
    running.current?.abort();
    setFurther([]);
    setProblem(null);
    setBusy(false);
  }, [head, url]);
  const pages = head === null ? [] : [head, ...further];
  const cursor = pages.at(-1)?.nextCursor ?? null;
  const load = useCallback(async (): Promise<void> => {
    const asked = new AbortController();
    running.current = asked;
    setBusy(true);
    try {
      const page = await getJson<P>(
        `${url}${url.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor ?? '')}`,
        asked.signal,
      );
      if (!asked.signal.aborted) setFurther((before) => [...before, page]);
    } catch (error) {
      if (asked.signal.aborted || !(error instanceof ApiError)) return;
      setProblem(error.problem);
    }
    setBusy(false);
  }, [url, cursor]);
  return { first, pages, more: cursor === null || busy ? null : () => void load(), problem };
}
