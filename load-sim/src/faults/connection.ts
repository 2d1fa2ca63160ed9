/** What becomes of a connection to a router whose fault leaves it no chance to log in. */
import type { Socket } from 'node:net';
import type { FaultKind } from './kinds.ts';

/** No word of the API begins with these bytes, nor does a record of TLS. */
const GARBAGE = Buffer.from('fffe fdfc fbfa f9f8 00c3 ff7f 1b5b fff0 de00 adbe'.replaceAll(' ', ''), 'hex');
/** A TLS 1.2 record with the fatal alert 40, handshake_failure. */
const HANDSHAKE_FAILURE = Buffer.from('15030300020228', 'hex');

/** Treats a new connection as the fault has it. Returns false when it is to be served: then nothing was done. */
export function spoilConnection(kind: FaultKind, connection: Socket): boolean {
  switch (kind) {
    case 'max_sessions':
      connection.resume();
      connection.end();
      return true;
    case 'mute':
      connection.resume();
      return true;
    case 'garbage':
      connection.resume();
      connection.write(GARBAGE);
      return true;
    case 'tls_failure':
      connection.once('data', () => connection.end(HANDSHAKE_FAILURE));
      return true;
    case 'refuse':
    case 'reboot':
      // Accepted in the moment before the port was closed.
      connection.resetAndDestroy();
      return true;
    case 'silence':
    case 'drip':
    case 'mild_drip':
    case 'cut':
    case 'hang_up':
    case 'wrong_password':
    case 'max_sessions_fatal':
    case 'trap_all':
    case 'trap_menu':
    case 'permission':
    case 'fatal':
    case 'odd_empty':
    case 'clock_jump':
    case 'counters_32bit':
    case 'duplicate_macs':
    case 'no_clients':
    case 'huge_tables':
      return false;
  }
}
