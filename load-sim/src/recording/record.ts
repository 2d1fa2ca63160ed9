/** `sim record`: what the agent asks a router and what that answers, scrubbed, as a file. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { readFlags, UsageError, wholeNumber } from '../flags.ts';
import type { CommandDeps } from '../routers/serving.ts';
import { agentVersion, startAgent } from './agent-run.ts';
import { startProxy } from './proxy.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { endpointText, type LinkTls, type RouterEndpoint } from './router-link.ts';
import { KEEPABLE, type Keepable } from './rules.ts';
import { createScrubber } from './scrubber.ts';
import { createTranscriptWriter } from './transcript-file.ts';

export const RECORD_USAGE = `Usage: npm run sim -- record --router HOST[:PORT] --user NAME --password-file FILE --out FILE [flags]
Polls a router as the agent does and writes what was asked and answered, without passwords, serials, names and addresses.

  --router HOST[:PORT]     the router's API (port 8728, with TLS 8729); [HOST]:PORT for IPv6
  --user NAME              a user with policy=read,api
  --password-file FILE     file that holds its password
  --out FILE               where the transcript goes; there only when the recording was one
  --visits N               polls (1)
  --interval-ms N          between two polls, milliseconds (10000)
  --keep LIST              leave these as they are: ${KEEPABLE.join(', ')}
  --tls-ca FILE            TLS: PEM file of the authority that signed the router's certificate
    --tls-server-name NAME   the name in the certificate, where it is not HOST
  --tls-fingerprint HEX    TLS: SHA-256 of the router's certificate
  --tls-anonymous          TLS with a router that has no certificate: whoever answers gets the login
  --allow-md5-login        permit the login of RouterOS before 6.43, which is weaker
  --help                   this text
Ctrl-C ends a recording early and keeps it.
`;

const FLAGS = {
  router: { type: 'string' },
  user: { type: 'string' },
  'password-file': { type: 'string' },
  out: { type: 'string' },
  visits: { type: 'string' },
  'interval-ms': { type: 'string' },
  keep: { type: 'string' },
  'tls-ca': { type: 'string' },
  'tls-server-name': { type: 'string' },
  'tls-fingerprint': { type: 'string' },
  'tls-anonymous': { type: 'boolean' },
  'allow-md5-login': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Values = ReturnType<typeof readFlags<typeof FLAGS>>;

/** To a router that may be written to, TLS included. */
const LINK_MS = 5000;
/** The same with the login, as the agent sees it: the proxy's word about a link comes first. */
const CONNECT_MS = 10_000;

/** Resolves when the transcript is in its place. Rejects with UsageError, or with what kept it from being recorded. */
export async function recordRouter(
  args: readonly string[],
  deps: Pick<CommandDeps, 'signal' | 'nowMs' | 'print'>,
): Promise<void> {
  const values = readFlags(args, FLAGS);
  if (values.help === true) return deps.print(RECORD_USAGE);
  const { user, out, 'password-file': passwordFile } = values;
  const router = await endpointOf(values);
  if (user === undefined || user === '') throw new UsageError('--user is missing: a user of the router with policy=read,api');
  if (passwordFile === undefined) throw new UsageError('--password-file is missing: a file that holds the password alone');
  if (out === undefined) throw new UsageError('--out is missing: the file that the transcript goes to');
  const visits = wholeNumber('visits', values.visits ?? '1', 1, 1_000_000);
  const intervalMs = wholeNumber('interval-ms', values['interval-ms'] ?? '10000', 100, 86_400_000);
  const keep = keepOf(values.keep);
  await checkReadable(passwordFile);

  await using writer = createTranscriptWriter(out);
  const recordedAt = new Date(deps.nowMs()).toISOString();
  const scrubber = createScrubber(randomBytes(32), keep);
  const recorder = createRecorder({ scrubber, writer, monotonicMs: () => performance.now() });
  const report = await runVisits(
    { user, passwordFile, visits, intervalMs, allowMd5Login: values['allow-md5-login'] === true },
    router,
    recorder,
    deps.signal,
  );
  if (recorder.commands === recorder.incomplete)
    throw new Error(`Cannot record ${endpointText(router)}: ${recorder.fault ?? faultIn(report)}`);
  await writer.finish({ recordedAt, agent: await agentVersion(), kept: [...keep], ...recorder.summary() });
  const { size } = await stat(out);
  deps.print(summaryOf(recorder, out, size, report));
}

interface Visits {
  readonly user: string;
  readonly passwordFile: string;
  readonly allowMd5Login: boolean;
  readonly visits: number;
  readonly intervalMs: number;
}

/** Resolves with the agent's own report when it has ended, the recorder has seen enough, or the signal is aborted. */
async function runVisits(options: Visits, router: RouterEndpoint, recorder: Recorder, signal: AbortSignal): Promise<string> {
  await using proxy = await startProxy({ router, connectMs: LINK_MS }, recorder);
  await using agent = await startAgent({ ...options, port: proxy.port, connectMs: CONNECT_MS });
  const stop = AbortSignal.any([signal, recorder.over]);
  const stopped = Promise.withResolvers<void>();
  const onStop = (): void => stopped.resolve();
  stop.addEventListener('abort', onStop);
  if (stop.aborted) onStop();
  await Promise.race([agent.child.ended, stopped.promise]);
  stop.removeEventListener('abort', onStop);
  const { code, stderr } = await agent.child.stop(CONNECT_MS);
  if (stderr !== '' && code !== 0 && !stop.aborted) throw new Error(stderr);
  return await agent.report();
}

/** The error in the agent's table, when nothing else has told what went wrong. */
function faultIn(report: string): string {
  const [, row = ''] = report.split('\n');
  return row.split(/ {2,}/).at(-1) || 'it was stopped before anything was answered';
}

function summaryOf(recorder: Recorder, file: string, size: number, report: string): string {
  const { routeros, board, scrubbed } = recorder.summary();
  const kilobytes = (size / 1000).toFixed(1);
  const rules = scrubbed.map(({ rule, values }) => `${values} ${rule}`).join(', ');
  const notes = [
    ...(recorder.over.aborted ? [`Ended early: ${String(recorder.over.reason)}`] : []),
    ...(recorder.incomplete > 0
      ? [`${recorder.incomplete} answers did not end, and are in the transcript as far as they came`]
      : []),
    ...(recorder.fault === undefined ? [] : [`Went wrong on the way: ${recorder.fault}`]),
  ];
  return `${report}Recorded ${recorder.commands} commands of RouterOS ${routeros || 'unknown'} on ${board || 'an unknown board'}: ${file}, ${kilobytes} kB
Replaced: ${rules || 'nothing'}
${notes.map((note) => `${note}\n`).join('')}`;
}

async function endpointOf(values: Values): Promise<RouterEndpoint> {
  const tls = await tlsOf(values);
  const text = values.router;
  if (text === undefined) throw new UsageError('--router is missing: HOST or HOST:PORT');
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)|([\da-f:]*:[\da-f:]*:[\da-f:.]*))(?::(\d{1,5}))?$/i.exec(text);
  const host = match?.[1] ?? match?.[2] ?? match?.[3];
  const port = Number(match?.[4] ?? (tls === undefined ? 8728 : 8729));
  if (host === undefined || port < 1 || port > 65_535)
    throw new UsageError(`--router ${text}: write HOST, HOST:PORT or [HOST]:PORT`);
  return { host, port, tls };
}

async function tlsOf(values: Values): Promise<LinkTls | undefined> {
  const { 'tls-ca': caFile, 'tls-fingerprint': fingerprint, 'tls-anonymous': anonymous, 'tls-server-name': serverName } = values;
  const given = [caFile !== undefined, fingerprint !== undefined, anonymous === true].filter(Boolean).length;
  if (given > 1) throw new UsageError('give one of --tls-ca, --tls-fingerprint and --tls-anonymous');
  if (serverName !== undefined && caFile === undefined) throw new UsageError('--tls-server-name needs --tls-ca');
  if (anonymous === true) return { kind: 'anonymous' };
  if (fingerprint !== undefined) {
    const sha256 = fingerprint.replaceAll(':', '').toLowerCase();
    if (!/^[\da-f]{64}$/.test(sha256)) throw new UsageError('--tls-fingerprint: not the 64 hexadecimal digits of a SHA-256');
    return { kind: 'pin', sha256 };
  }
  if (caFile === undefined) return undefined;
  const ca = await readFile(caFile, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--tls-ca ${caFile}: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    void new X509Certificate(ca);
  } catch {
    throw new UsageError(`--tls-ca ${caFile}: holds no certificate; give a PEM file`);
  }
  return { kind: 'authority', ca, serverName };
}

function keepOf(text: string | undefined): ReadonlySet<Keepable> {
  const words = (text ?? '').split(',').filter((word) => word !== '');
  return new Set(
    words.map((word) => {
      const known = KEEPABLE.find((one) => one === word);
      if (known === undefined) throw new UsageError(`--keep ${word}: not one of ${KEEPABLE.join(', ')}`);
      return known;
    }),
  );
}

async function checkReadable(passwordFile: string): Promise<void> {
  try {
    await access(passwordFile, constants.R_OK);
  } catch (error) {
    throw new UsageError(`--password-file ${passwordFile}: cannot be read`, { cause: error });
  }
}
