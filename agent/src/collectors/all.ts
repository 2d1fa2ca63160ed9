import type { Collector } from './collector.ts';
import { identityCollector } from './identity.ts';
import { interfaceCollector } from './interface.ts';
import { radioClientsCollector } from './radio-clients.ts';
import { resourceCollector } from './resource.ts';

/** Every collector, in the order of a visit: counters first, so that they are as close as can be to the poll's time. */
export const COLLECTORS: readonly Collector[] = [interfaceCollector, resourceCollector, radioClientsCollector, identityCollector];
