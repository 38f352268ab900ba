/** One event of the stream as it is sent: made once, for all listeners. */
export const frameOf = (event: string, json: string): Buffer => Buffer.from(`event: ${event}\ndata: ${json}\n\n`);

/** How long a browser waits before it comes back, in milliseconds. */
export const greeting = (retryMs: number): Buffer => Buffer.from(`retry: ${retryMs}\n\n`);
