import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { SeenSpan } from './memory-tracer.ts';
import { spansOf } from './otlp.ts';

/** Where services under test send their spans. */
export type OtlpReceiver = {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  /** All that came, in its order. */
  readonly spans: readonly SeenSpan[];
  /** The headers of the requests. */
  readonly requests: readonly IncomingHttpHeaders[];
  close(): Promise<void>;
};

/** A collector of OTLP over HTTP in protobuf, on a free port of this machine. */
export async function otlpReceiver(): Promise<OtlpReceiver> {
  const spans: SeenSpan[] = [];
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isOurs = request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
      const body = Buffer.concat(chunks);
      if (isOurs) {
        requests.push(request.headers);
        spans.push(...spansOf(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
      }
      response.writeHead(isOurs ? 200 : 404, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
