/**
 * BGP peers. RouterOS 6 has one menu of them; RouterOS 7 lists what is configured and the sessions that exist in two, and a
 * peer that is down only in the first. A router answers one of the two: the others it does not have.
 */
import type { ReplyRow } from '../poller/router-client.ts';
import { type Collector, type Gathering, noteUnreadable, type Replies } from './collector.ts';
import { readMark, readText, readValue } from './field-reader.ts';
import { printCommand } from './print-command.ts';
import { parseCounter } from './values/counter.ts';
import { parseDurationMs } from './values/duration.ts';
import { parseFlag } from './values/flag.ts';
import { parseSmallCount } from './values/quantity.ts';

const SESSION = '/routing/bgp/session';
const CONNECTION = '/routing/bgp/connection';
const PEER = '/routing/bgp/peer';

const SESSION_PROPERTIES = [
  'name',
  'instance',
  'remote.address',
  'remote.as',
  'remote.id',
  'remote.messages',
  'remote.bytes',
  'local.address',
  'local.as',
  'local.messages',
  'local.bytes',
  'established',
  'uptime',
  'prefix-count',
  'hold-time',
];
const CONNECTION_PROPERTIES = ['name', 'instance', 'remote.address', 'remote.as', 'local.address', 'as', 'disabled'];
const PEER_PROPERTIES = [
  'name',
  'instance',
  'remote-address',
  'remote-as',
  'remote-id',
  'local-address',
  'established',
  'state',
  'disabled',
  'uptime',
  'prefix-count',
  'updates-received',
  'updates-sent',
  'used-hold-time',
];

type PeerRow = Gathering['rows']['bgpPeers'][number];
/** What only RouterOS 6 tells, and what only RouterOS 7 does. */
const NOT_IN_7 = { state: '', updatesReceived: undefined, updatesSent: undefined } as const;
const NOT_IN_6 = {
  localAs: undefined,
  messagesReceived: undefined,
  messagesSent: undefined,
  receivedBytes: undefined,
  sentBytes: undefined,
} as const;
const NO_SESSION = {
  remoteId: '',
  uptimeMs: undefined,
  prefixes: undefined,
  messagesReceived: undefined,
  messagesSent: undefined,
  receivedBytes: undefined,
  sentBytes: undefined,
  holdTimeMs: undefined,
} as const;

/** A session, named after its connection so that a peer that goes down stays the same one; with that, where it is known. */
function sessionRow(peer: string, session: ReplyRow, connection: ReplyRow | undefined, gathering: Gathering): PeerRow {
  return {
    ...NOT_IN_7,
    peer,
    remoteAddress: readText(session, 'remote.address'),
    instance: readText(session, 'instance'),
    remoteAs: readValue(session, 'remote.as', parseSmallCount, gathering),
    remoteId: readText(session, 'remote.id'),
    localAddress: readText(session, 'local.address'),
    localAs: readValue(session, 'local.as', parseSmallCount, gathering),
    established: readMark(session, 'established', gathering),
    disabled: connection === undefined ? undefined : readValue(connection, 'disabled', parseFlag, gathering),
    uptimeMs: readValue(session, 'uptime', parseDurationMs, gathering),
    prefixes: readValue(session, 'prefix-count', parseCounter, gathering),
    messagesReceived: readValue(session, 'remote.messages', parseCounter, gathering),
    messagesSent: readValue(session, 'local.messages', parseCounter, gathering),
    receivedBytes: readValue(session, 'remote.bytes', parseCounter, gathering),
    sentBytes: readValue(session, 'local.bytes', parseCounter, gathering),
    holdTimeMs: readValue(session, 'hold-time', parseDurationMs, gathering),
  };
}

/** A connection without a session. */
function connectionRow(peer: string, connection: ReplyRow, gathering: Gathering): PeerRow {
  return {
    ...NOT_IN_7,
    ...NO_SESSION,
    peer,
    remoteAddress: readText(connection, 'remote.address').replace(WHOLE_ADDRESS, ''),
    instance: readText(connection, 'instance'),
    remoteAs: readValue(connection, 'remote.as', parseSmallCount, gathering),
    localAddress: readText(connection, 'local.address'),
    localAs: readValue(connection, 'as', parseSmallCount, gathering),
    established: 0,
    disabled: readValue(connection, 'disabled', parseFlag, gathering),
  };
}

function peerRow(peer: string, row: ReplyRow, gathering: Gathering): PeerRow {
  return {
    ...NOT_IN_6,
    peer,
    remoteAddress: readText(row, 'remote-address'),
    instance: readText(row, 'instance'),
    remoteAs: readValue(row, 'remote-as', parseSmallCount, gathering),
    remoteId: readText(row, 'remote-id'),
    localAddress: readText(row, 'local-address'),
    established: readMark(row, 'established', gathering),
    state: readText(row, 'state'),
    disabled: readValue(row, 'disabled', parseFlag, gathering),
    uptimeMs: readValue(row, 'uptime', parseDurationMs, gathering),
    prefixes: readValue(row, 'prefix-count', parseCounter, gathering),
    updatesReceived: readValue(row, 'updates-received', parseCounter, gathering),
    updatesSent: readValue(row, 'updates-sent', parseCounter, gathering),
    holdTimeMs: readValue(row, 'used-hold-time', parseDurationMs, gathering),
  };
}

/** The number that RouterOS 7 appends to a connection's name to name its sessions. */
const SESSION_NUMBER = /-\d+$/;
/** Connections are to networks: `192.0.2.17/32` is one address. */
const WHOLE_ADDRESS = /\/(?:32|128)$/;

/** The rows with a name; one without counts as unreadable. */
function named(reply: readonly ReplyRow[], gathering: Gathering): (readonly [name: string, row: ReplyRow])[] {
  return reply.flatMap((row) => {
    const name = readText(row, 'name');
    if (name === '') noteUnreadable(gathering, 'name');
    return name === '' ? [] : [[name, row] as const];
  });
}

/** Keeps the first row of a peer and counts the others. */
function addPeers(rows: readonly PeerRow[], gathering: Gathering): void {
  const seen = new Set<string>();
  for (const row of rows) {
    const identity = `${row.peer}\n${row.remoteAddress}`;
    if (seen.has(identity)) gathering.collapsedRows++;
    else gathering.rows.bgpPeers.push(row);
    seen.add(identity);
  }
}

/** A connection without a session is down; where the sessions are not known nothing can be said of it. */
function joinSessions(replies: Replies, gathering: Gathering): void {
  const sessions = replies.get(SESSION);
  if (sessions === undefined) return;
  const connections = new Map(named(replies.get(CONNECTION) ?? [], gathering));
  const rows = named(sessions, gathering).map(([name, session]) => {
    const peer = name.replace(SESSION_NUMBER, '');
    return sessionRow(peer, session, connections.get(peer), gathering);
  });
  for (const { peer } of rows) connections.delete(peer);
  for (const [peer, connection] of connections) rows.push(connectionRow(peer, connection, gathering));
  addPeers(rows, gathering);
}

export const bgpCollector: Collector = {
  name: 'bgp',
  optional: true,
  menus: [
    { path: SESSION, words: printCommand(SESSION, SESSION_PROPERTIES) },
    { path: CONNECTION, words: printCommand(CONNECTION, CONNECTION_PROPERTIES) },
    {
      path: PEER,
      // Only with `status` does RouterOS 6 tell the state of a session.
      words: [...printCommand(PEER, PEER_PROPERTIES), '=status='],
      parse: (reply, gathering) =>
        addPeers(
          named(reply, gathering).map(([name, row]) => peerRow(name, row, gathering)),
          gathering,
        ),
    },
  ],
  join: joinSessions,
};
