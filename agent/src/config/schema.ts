/** The keys of agent.yaml. Unknown keys are errors; units are in the names. Secrets were resolved before (secrets.ts). */
import { z } from 'zod';
import { CODE_PAGES } from '../poller/router-client.ts';
import { type Field, flag, host, hostPort, name, oneOf, sha256, text, token, whole } from './fields.ts';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;

const interval = (fallback: number | undefined, description: string): Field<number> =>
  whole({ unit: 'milliseconds', min: 100, max: DAY_MS, ...(fallback === undefined ? {} : { fallback }) }, description);

/** `interval_ms: 0` stands for the poll's own interval. */
const collector = (interval_ms: number, what: string) =>
  z
    .strictObject({
      enabled: flag(`Whether ${what} are read.`, true),
      interval_ms: whole(
        { unit: 'milliseconds', min: 0, max: DAY_MS, fallback: interval_ms },
        'Between two runs on one router, the first two of which are closer: not all collectors run at one visit. 0 stands for the interval of the poll.',
      ),
    })
    .prefault({});

const SAME_AS_POLL = 0;

const hub = z.strictObject({
  addresses: z
    .array(hostPort('A hub, host:port.'))
    .min(1, 'is empty; name at least one hub')
    .describe('Hubs, tried in this order.'),
  token: token("The agent's token, as the hub issued it (or token_file, token_env)."),
  tls: z
    .strictObject({
      ca_file: text('PEM file with the certificate authority of the hub.', ''),
      server_name: text("The name in the hub's certificate.", ''),
    })
    .optional()
    .describe('TLS to the hub. Without it only loopback addresses are allowed.'),
  insecure: flag('Allows a hub that is not on this machine without TLS.', false),
});

const poll = z
  .strictObject({
    interval_ms: interval(10_000, 'Between two visits to one router.'),
    connect_deadline_ms: interval(5000, 'TCP connection, TLS and login together.'),
    command_deadline_ms: interval(
      5000,
      'One command and its whole answer. A visit under way at a stop is given this and connect_deadline_ms to end.',
    ),
    concurrency: whole({ unit: 'visits', min: 1, max: 4096, fallback: 64 }, 'Visits at once.'),
  })
  .prefault({});

const collectors = z
  .strictObject({
    interface: collector(SAME_AS_POLL, 'interface counters'),
    resource: collector(SAME_AS_POLL, 'CPU, memory and uptime'),
    radio_clients: collector(SAME_AS_POLL, 'registration tables'),
    sensors: collector(60_000, 'voltages, temperatures, fans and power supplies'),
    cpu_cores: collector(60_000, 'loads of single cores'),
    identity: collector(600_000, 'router names'),
    boards: collector(HOUR_MS, 'models, serial numbers and firmware versions'),
    packages: collector(HOUR_MS, 'RouterOS packages'),
    package_update: collector(HOUR_MS, 'known RouterOS updates'),
    ethernet: collector(60_000, 'Ethernet ports: rate, duplex, wire counters, pluggable modules'),
    poe: collector(60_000, 'ports that feed devices'),
    radios: collector(60_000, 'wireless interfaces'),
    modems: collector(60_000, 'LTE and 5G modems'),
    w60g: collector(60_000, '60 GHz links'),
    neighbors: collector(300_000, 'neighbours (MNDP, CDP, LLDP)'),
    dhcp_leases: collector(300_000, 'numbers of bound DHCP leases'),
    ppp_sessions: collector(60_000, 'numbers of PPP sessions'),
    routes: collector(300_000, 'numbers of active routes'),
    connections: collector(60_000, 'numbers of tracked connections'),
    arp: collector(300_000, 'numbers of ARP entries'),
    queues: collector(60_000, 'simple queues'),
    bgp: collector(60_000, 'BGP sessions'),
    ospf: collector(60_000, 'OSPF neighbours'),
    netwatch: collector(60_000, 'watched hosts'),
    clock: collector(300_000, "routers' own clocks"),
  })
  .prefault({});

const load = z
  .strictObject({
    share_max_pct: whole(
      { unit: 'percent', min: 1, max: 100, fallback: 10 },
      'Part of the time that one collector may keep a router answering; it runs less often where it would take more.',
    ),
    run_max_ms: whole(
      { unit: 'milliseconds', min: 100, max: 600_000, fallback: 4000 },
      'Longest run of a collector on a router; after a longer one it pauses there, for a minute at first, for an hour at most.',
    ),
    router_cpu_max_pct: whole(
      { unit: 'percent', min: 20, max: 100, fallback: 95 },
      "Load of a router's CPU at several visits in a row beyond which collectors with long runs pause; 100: they never do.",
    ),
  })
  .prefault({})
  .describe(
    'What reading a router may cost it. `interface` and `resource` are read whatever they cost. What is not read for this is told in the table collector_states.',
  );

const spool = z
  .strictObject({
    folder: text('Folder of the batches that wait for the hub.', './data/spool'),
    bytes_max: whole(
      { unit: 'bytes', min: 16 * 2 ** 20, max: 2 ** 44, fallback: 2 ** 31 },
      'Size of the folder at which the oldest batches are given up.',
    ),
  })
  .prefault({});

const uplink = z
  .strictObject({
    backlog_bytes_per_second_max: whole(
      { unit: 'bytes', min: 4096, max: 2 ** 32, fallback: 8 * 2 ** 20 },
      'What waited during an outage is sent no faster than this; fresh batches go before it and are not held up.',
    ),
    return_to_first_ms: whole(
      { unit: 'milliseconds', min: 1000, max: DAY_MS, fallback: 300_000 },
      'How often an agent that had to take another hub looks whether the first of hub.addresses is back.',
    ),
    keepalive_ms: whole(
      { unit: 'milliseconds', min: 1000, max: HOUR_MS, fallback: 20_000 },
      'A connection on which nothing came for so long is probed.',
    ),
    keepalive_timeout_ms: whole(
      { unit: 'milliseconds', min: 1000, max: HOUR_MS, fallback: 10_000 },
      'A probe without an answer for so long ends the connection.',
    ),
    drain_ms: whole(
      { unit: 'milliseconds', min: 0, max: 60_000, fallback: 5000 },
      'How long a stopping agent waits for the hub to answer its last batches; what is not answered is sent by the next run.',
    ),
  })
  .prefault({});

const batch = z
  .strictObject({
    age_max_ms: whole({ unit: 'milliseconds', min: 50, max: 60_000, fallback: 1000 }, 'Age at which a batch is sealed.'),
    bytes_max: whole(
      { unit: 'bytes', min: 4096, max: 4 * 2 ** 20, fallback: 262_144 },
      'Size at which a batch is sealed, before compression.',
    ),
  })
  .prefault({});

const credentials = z
  .record(
    z.string(),
    z.strictObject({
      user: name('User on the router.'),
      password: z.string('is not text; put it in quotes').describe('Password (or password_file, password_env).'),
      allow_md5_login: flag('Allows the login of RouterOS before 6.43, which is weaker.', false),
    }),
  )
  .describe('Logins, by name.');

const router = z.strictObject({
  name: name("The router's name, unique within its site."),
  address: host('Where the router listens.'),
  port: whole({ unit: 'port', min: 1, max: 65_535 }, 'Port of its API service; left out: 8728, with tls 8729.').optional(),
  site: name('Its site.').optional(),
  credentials: text('Which of the credentials it takes.', 'default'),
  encoding: oneOf(CODE_PAGES, 'Its own encoding of texts that are not UTF-8.').optional(),
  tls: z
    .strictObject({
      ca_file: text("PEM file with the authority that signed the router's certificate.", ''),
      server_name: host("The name in the router's certificate where it is not its address; with ca_file.", ''),
      fingerprint_sha256: sha256("SHA-256 of the router's certificate, instead of ca_file: no other certificate is accepted."),
      anonymous: flag(
        'Instead of both, for a router without a certificate: whoever answers at the address gets the login. Needs Node.',
        false,
      ),
    })
    .optional()
    .describe('TLS to the router.'),
});

const metrics = z.strictObject({
  host: host('Address of the metrics server.', '127.0.0.1'),
  port: whole({ unit: 'port', min: 0, max: 65_535, fallback: 9464 }, 'Its port; 0 lets the system choose.'),
});

export const agentSchema = z.strictObject({
  agent: name("The agent's name; the hub's token belongs to it."),
  site: name('Site of routers that name none.'),
  hub,
  poll,
  collectors,
  load,
  spool,
  batch,
  uplink,
  credentials,
  encoding: oneOf(
    CODE_PAGES,
    `How texts of routers that are not UTF-8 are read, as older WinBox wrote them: ${CODE_PAGES.join(', ')}.`,
    'latin1',
  ),
  routers: z.array(router, 'needs a list; write one "- { name: …, address: … }" per router'),
  log: z
    .strictObject({ level: oneOf(['trace', 'debug', 'info', 'warn', 'error'], 'Least level that is logged.', 'info') })
    .prefault({}),
  metrics: metrics.optional().describe('Prometheus metrics over HTTP; left out: none.'),
});

export type AgentFile = z.output<typeof agentSchema>;
