// One for all pages of a browser profile: a browser opens six connections to one host, and each stream takes one.
import { type FromPage, liveHub } from './live-streams.ts';

const hub = liveHub();
const scope = globalThis as unknown as { onconnect: (event: MessageEvent) => void };

scope.onconnect = ({ ports: [port] }) => {
  if (port === undefined) return;
  port.onmessage = ({ data }: MessageEvent<FromPage>) => {
    if (data === 'leave') hub.leave(port);
    else if (data === 'renew') hub.renew();
    else hub.want(port, data, (news) => port.postMessage(news));
  };
};
