import { BlockList, isIPv4, isIPv6 } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1').toLowerCase();

/** Whether `host` (no port) can only be this machine. Names other than `localhost` are what DNS makes of them. */
export function isLoopback(host: string): boolean {
  const name = withoutBrackets(host);
  if (name === 'localhost') return true;
  return (isIPv4(name) && loopback.check(name, 'ipv4')) || (isIPv6(name) && loopback.check(name, 'ipv6'));
}

/** The name in a Host header or an origin's host, in lower case and without port and brackets; null: it is none. */
export function hostNameOf(header: string): string | null {
  // nothing but a name and a port: URL would also take user@host, paths and more
  const match = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.exec(header);
  return match?.[1] === undefined ? null : withoutBrackets(match[1]);
}

/**
 * Whether a browser that asks for `header` means us. A page of somebody else whose name was made to point here (DNS
 * rebinding) has its own name in the Host header, and would otherwise read everything.
 */
export function allowedHosts(names: readonly string[]): (header: string) => boolean {
  const allowed = new Set(names.map(withoutBrackets));
  return (header) => {
    const name = hostNameOf(header);
    return name !== null && (isLoopback(name) || allowed.has(name));
  };
}
