import type { ConnectRouter, ContextValues } from '@connectrpc/connect';
import { createContextKey, createContextValues } from '@connectrpc/connect';

/** The connection that carries a Connect call, as far as a service may touch it. */
export interface CallConnection {
  /** Ends the connection at once, whatever is still unsent. */
  destroy(): void;
}

/** Connect services to mount on the hub's HTTP port. */
export interface ConnectServices {
  routes(router: ConnectRouter): void;
}

const key = createContextKey<CallConnection | undefined>(undefined, { description: 'connection of the call' });

/** The values that hand a call its connection. */
export function connectionValues(connection: CallConnection): ContextValues {
  return createContextValues().set(key, { destroy: () => connection.destroy() });
}

/** The connection of a call; undefined where the transport has none. */
export function connectionOf(values: ContextValues): CallConnection | undefined {
  return values.get(key);
}
