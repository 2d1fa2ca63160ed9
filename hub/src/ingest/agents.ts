import { createHash } from 'node:crypto';

/** One agent that may send, with its secret token. */
export interface AgentCredential {
  readonly name: string;
  readonly token: string;
}

/** Finds the agent that a token belongs to. */
export interface AgentDirectory {
  /** The agent's name, or undefined when the header holds no known token. `authorization` is the header's value. */
  identify(authorization: string | undefined): string | undefined;
}

/** Looks tokens up by their SHA-256, so that the time of a lookup says nothing about a token. */
export function createAgentDirectory(agents: readonly AgentCredential[]): AgentDirectory {
  const byDigest = new Map(agents.map(({ name, token }) => [digest(token), name]));
  return {
    identify(authorization) {
      const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
      return token === undefined ? undefined : byDigest.get(digest(token));
    },
  };
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
