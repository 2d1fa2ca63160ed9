/** One HTTP/2 connection that carries the streams of some agents, and is made again whenever it breaks. */
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import type { SyntheticAgent } from './agent.ts';

export interface ConnectionDeps {
  readonly signal: AbortSignal;
  /** Hears why a connection or a stream ended before its time. */
  readonly ended: (why: string) => void;
}

const PAUSE_MS = 500;
const GRPC_OK = '0';

/** Keeps every agent's stream open until aborted. Resolves then. */
export async function runConnection(
  authority: string,
  agents: readonly SyntheticAgent[],
  { signal, ended }: ConnectionDeps,
): Promise<void> {
  while (!signal.aborted) {
    const session = connect(`http://${authority}`);
    const abort = (): void => session.destroy();
    signal.addEventListener('abort', abort, { once: true });
    const closed = new Promise<void>((resolve) => session.once('close', () => resolve()));
    session.on('error', (error) => ended(error.message));
    for (const agent of agents) openStream(session, agent, { signal, ended });
    await closed;
    signal.removeEventListener('abort', abort);
    await delay(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
}

function openStream(session: ClientHttp2Session, agent: SyntheticAgent, deps: ConnectionDeps): void {
  if (session.destroyed || session.closed) return;
  const stream = session.request({
    ':method': 'POST',
    ':path': '/poplar.telemetry.v1.IngestService/Stream',
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: `Bearer ${agent.token}`,
  });
  const told = (headers: IncomingHttpHeaders): void => {
    const status = headers['grpc-status'];
    if (typeof status === 'string' && status !== GRPC_OK)
      deps.ended(`${agent.name}: gRPC status ${status} ${[headers['grpc-message']].join()}`);
  };
  stream.on('response', told);
  stream.on('trailers', told);
  stream.on('error', (error) => deps.ended(`${agent.name}: ${error.message}`));
  stream.once('close', () => {
    if (deps.signal.aborted) return;
    const again = setTimeout(() => openStream(session, agent, deps), PAUSE_MS);
    again.unref();
  });
  agent.use(stream);
}
