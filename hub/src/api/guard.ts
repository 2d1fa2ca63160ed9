/**
 * A port without login must not serve web pages of others: a page on any site can make a browser ask 127.0.0.1, and a name that its
 * owner points at 127.0.0.1 (DNS rebinding) even reads the answer. So Host and Origin must name this machine or an allowed host.
 */
export interface RequestOrigin {
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/**
 * Returns why a request is refused, or undefined when it may pass.
 * @param allowedHosts host names besides loopback, each with or without a port
 */
export function refusal({ host, origin }: RequestOrigin, allowedHosts: readonly string[]): string | undefined {
  if (host === undefined || !isAllowed(host, allowedHosts))
    return `The hub does not answer to the host ${JSON.stringify(host ?? '')}. Use 127.0.0.1, or add the name to http.allowed_hosts.`;
  if (origin === undefined) return undefined;
  const originHost = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
  if (originHost === undefined || !isAllowed(originHost, allowedHosts))
    return `The hub does not answer to pages of ${JSON.stringify(origin)}. Open the viewer at the hub's own address.`;
  return undefined;
}

function isAllowed(host: string, allowedHosts: readonly string[]): boolean {
  const name = hostName(host.toLowerCase());
  if (name === undefined) return false;
  return (
    name === 'localhost' ||
    name === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(name) ||
    allowedHosts.some((allowed) => [host.toLowerCase(), name].includes(allowed.toLowerCase()))
  );
}

/** The name of host[:port], or undefined when it is neither. */
function hostName(host: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/.exec(host)?.[1];
}
