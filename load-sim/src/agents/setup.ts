/** Configuration of a hub that knows every synthetic agent. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../flags.ts';
import type { OwnHubFlags } from './flags.ts';
import { siteName } from './population.ts';

/** Writes a hub.yaml with an agent for every site, each with a new token. */
export function writeHubConfig(file: string, sites: number, flags: OwnHubFlags): void {
  const hub = {
    data_dir: './hub',
    http: { port: flags.httpPort },
    grpc: { port: flags.grpcPort },
    clickhouse: { embedded: { port: flags.clickhousePort } },
    agents: Array.from({ length: sites }, (_, site) => ({ name: siteName(site), token: randomBytes(32).toString('base64url') })),
    log: { level: flags.logLevel },
  };
  // Secrets are for the owner's eyes.
  writeFileSync(file, stringify(hub), { mode: 0o600 });
}

const hubFile = z.object({ agents: z.array(z.object({ name: z.string(), token: z.string().optional() })) });

/** The token of every site's agent, from a hub.yaml. Throws UsageError when one is not there. */
export function readTokens(file: string, sites: number): string[] {
  const { agents } = hubFile.parse(parse(readFileSync(file, 'utf8')));
  const tokens = new Map(agents.map(({ name, token }) => [name, token]));
  return Array.from({ length: sites }, (_, site) => {
    const token = tokens.get(siteName(site));
    if (token === undefined)
      throw new UsageError(
        `${file} has no token of agent ${siteName(site)}: write one with --write-hub-config, for as many --sites`,
      );
    return token;
  });
}
