import { bgpCollector } from './bgp.ts';
import { boardsCollector } from './boards.ts';
import { clockCollector } from './clock.ts';
import type { Collector } from './collector.ts';
import { cpuCoresCollector } from './cpu-cores.ts';
import { ethernetCollector } from './ethernet.ts';
import { identityCollector } from './identity.ts';
import { interfaceCollector } from './interface.ts';
import { modemsCollector } from './modems.ts';
import { neighborsCollector } from './neighbors.ts';
import { netwatchCollector } from './netwatch.ts';
import { ospfCollector } from './ospf.ts';
import { packageUpdateCollector } from './package-update.ts';
import { packagesCollector } from './packages.ts';
import { poeCollector } from './poe.ts';
import { queuesCollector } from './queues.ts';
import { radioClientsCollector } from './radio-clients.ts';
import { radiosCollector } from './radios.ts';
import { resourceCollector } from './resource.ts';
import { sensorsCollector } from './sensors.ts';
import {
  arpCollector,
  connectionsCollector,
  dhcpLeasesCollector,
  pppSessionsCollector,
  routesCollector,
} from './table-counts.ts';
import { w60gCollector } from './w60g.ts';

/**
 * Every collector, in the order of a visit: counters first, so that they are as close as can be to the poll's time; last
 * the one that a router may not answer.
 */
export const COLLECTORS: readonly Collector[] = [
  interfaceCollector,
  resourceCollector,
  ethernetCollector,
  queuesCollector,
  radioClientsCollector,
  radiosCollector,
  modemsCollector,
  w60gCollector,
  poeCollector,
  sensorsCollector,
  cpuCoresCollector,
  bgpCollector,
  ospfCollector,
  netwatchCollector,
  clockCollector,
  dhcpLeasesCollector,
  pppSessionsCollector,
  connectionsCollector,
  arpCollector,
  routesCollector,
  neighborsCollector,
  identityCollector,
  boardsCollector,
  packagesCollector,
  packageUpdateCollector,
];
