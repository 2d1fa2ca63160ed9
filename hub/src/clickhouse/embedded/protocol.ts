/** What the hub and the engine's process tell each other over their IPC channel. */
import type { Analyst } from './analyst.ts';

export type ToEngine =
  | {
      readonly type: 'start';
      /** Holds the engine's tables. */
      readonly folder: string;
      /** For files of single requests; emptied at the start. */
      readonly scratchFolder: string;
      /** For the engine's configuration; written anew at the start. */
      readonly rolesFolder: string;
      readonly port: number;
      readonly password: string;
      readonly memoryBytesMax: number;
      /** The one that analysts read. */
      readonly database: string;
      readonly analysts: readonly Analyst[];
    }
  | { readonly type: 'stop' };

export type FromEngine =
  | { readonly type: 'ready'; readonly port: number; readonly version: string }
  | { readonly type: 'failed'; readonly fault: StartFault; readonly reason: string }
  | { readonly type: 'fault'; readonly reason: string };

export type StartFault = 'port taken' | 'folder taken' | 'other';

export function isToEngine(message: unknown): message is ToEngine {
  if (!hasType(message)) return false;
  if (message.type === 'stop') return true;
  return (
    message.type === 'start' &&
    ['folder', 'scratchFolder', 'rolesFolder', 'password', 'database'].every(
      (name) => typeof Reflect.get(message, name) === 'string',
    ) &&
    ['port', 'memoryBytesMax'].every((name) => typeof Reflect.get(message, name) === 'number') &&
    Array.isArray(Reflect.get(message, 'analysts'))
  );
}

export function isFromEngine(message: unknown): message is FromEngine {
  if (!hasType(message)) return false;
  switch (message.type) {
    case 'ready':
      return typeof Reflect.get(message, 'port') === 'number' && typeof Reflect.get(message, 'version') === 'string';
    case 'failed':
    case 'fault':
      return typeof Reflect.get(message, 'reason') === 'string';
    default:
      return false;
  }
}

function hasType(message: unknown): message is { readonly type: unknown } {
  return typeof message === 'object' && message !== null && 'type' in message;
}
