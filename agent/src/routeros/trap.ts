/** What RouterOS's error replies mean. */
import type { ReplyRow, Trap, TrapKind } from '../poller/router-client.ts';

/** Trap category of a missing item or command (MikroTik's API manual). */
const CATEGORY_MISSING = '0';

/**
 * Reads the attributes of a `!trap`. The category alone does not tell a missing menu from a missing item, and most traps
 * carry none, so the fixed beginnings of RouterOS's own texts decide.
 */
export function readTrap(attributes: ReplyRow): Trap {
  const message = attributes.get('message') ?? '';
  return { kind: kindOf(message, attributes.get('category')), message };
}

function kindOf(message: string, category: string | undefined): TrapKind {
  if (message.startsWith('no such command')) return 'absent';
  if (message.startsWith('not enough permissions')) return 'permission';
  if (category === CATEGORY_MISSING && !message.startsWith('no such item')) return 'absent';
  return 'other';
}
