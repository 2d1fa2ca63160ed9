/** The simulator's command line: one verb per thing that it does. */
import { agentsCommand } from './agents/command.ts';
import { ScenarioError } from './faults/scenario.ts';
import { UsageError } from './flags.ts';
import { incidentCommand } from './incident/command.ts';
import { recordRouter } from './recording/record.ts';
import { replayRouters } from './recording/replay.ts';
import { serveRouters } from './routers/serve.ts';
import { verifyCommand } from './verify/command.ts';

const USAGE = `Usage: npm run sim -- VERB [flags]      (each verb explains itself with --help)

  routers    simulated routers that speak the RouterOS API
  agents     what the agents of a large fleet would send, streamed to a hub
  record     what the agent asks a real router and what that answers, scrubbed, as a file
  replay     routers that answer as such files say
  verify     compare what is stored in ClickHouse with what the simulated routers answered
  incident   Poplar whole under the load that ended another system for want of memory, with limits
`;

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort(new Error(name)));
if (process.send !== undefined) {
  process.on('disconnect', () => stopping.abort(new Error('the parent process ended')));
  process.on('message', (message) => {
    if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'stop')
      stopping.abort(new Error('told to stop'));
  });
}

const deps = {
  signal: stopping.signal,
  nowMs: () => Date.now(),
  print: (text: string) => void process.stdout.write(text),
  ready: (details: Readonly<Record<string, unknown>>) => void process.send?.({ type: 'ready', ...details }),
};

const VERBS: ReadonlySet<string> = new Set(['routers', 'agents', 'record', 'replay', 'verify', 'incident']);

async function run(verb: string | undefined, args: readonly string[]): Promise<number> {
  switch (verb) {
    case 'routers':
      await serveRouters(args, deps);
      return 0;
    case 'agents':
      return await agentsCommand(args, deps);
    case 'record':
      await recordRouter(args, deps);
      return 0;
    case 'replay':
      await replayRouters(args, deps);
      return 0;
    case 'verify':
      return await verifyCommand(args, deps);
    case 'incident':
      return await incidentCommand(args, deps);
    case '--help':
    case '-h':
      deps.print(USAGE);
      return 0;
    case undefined:
      throw new UsageError('a verb is missing');
    default:
      throw new UsageError(`unknown verb ${verb}`);
  }
}

const [verb, ...args] = process.argv.slice(2);
try {
  process.exitCode = await run(verb, args);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const usage =
    error instanceof UsageError
      ? `\n\n${verb !== undefined && VERBS.has(verb) ? `See: npm run sim -- ${verb} --help\n` : USAGE}`
      : '\n';
  process.stderr.write(`${message}${usage}`);
  process.exitCode = error instanceof UsageError || error instanceof ScenarioError ? 2 : 1;
}
if (process.connected) process.disconnect();
