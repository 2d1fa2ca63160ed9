import type { HubFault } from './hub-stream.ts';

const KEPT = 'Batches wait in the spool meanwhile';

/** What an operator should know and do about a stream that a hub did not take. */
export function adviceOn(
  fault: HubFault,
  welcomed: boolean,
  { agent, addresses }: { readonly agent: string; readonly addresses: readonly string[] },
): string {
  switch (fault) {
    case 'unreachable':
      return `Cannot reach a hub at ${addresses.join(', ')}: see that hub.addresses is right, that the hub runs and that hub.tls fits it. ${KEPT}`;
    case 'unauthenticated':
      return `The hub does not know the token: set hub.token to the one it issued for agent "${agent}". ${KEPT}`;
    case 'denied':
      return `The hub does not let agent "${agent}" in: check the rights of hub.token at the hub. ${KEPT}`;
    case 'refused':
      if (welcomed)
        return `The hub ended the stream over a message. If one batch does that every time, it is sent alone and then given up. ${KEPT}`;
      return `The hub refuses what agent "${agent}" says: see that agent and hub.token belong together and that the versions fit. ${KEPT}`;
    case 'ok':
    case 'other':
      return `The hub at hub.addresses ended the stream before it welcomed agent "${agent}". ${KEPT}`;
  }
}
