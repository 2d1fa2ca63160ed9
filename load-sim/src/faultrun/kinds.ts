/** What the fault run does to a running Poplar. Faults of one lane follow each other; those of different lanes overlap. */

/** The agent with its disk and its clock, and its way to the hub. */
const EDGE = [
  'agent_kill',
  'spool_damage',
  'spool_full',
  'clock_step',
  'link_cut',
  'link_hang',
  'link_slow',
  'link_refuse',
] as const;
/** The hub that the agent speaks to, and the second one with the engine that it runs. */
const HUBS = ['hub_kill', 'hub_stop', 'hub_freeze', 'host_kill', 'engine_kill'] as const;
/** The way of the hub to the engine. */
const STORE = ['store_error', 'store_hang', 'store_slow', 'store_refuse', 'store_cut'] as const;
/** Batches that come again. */
const RESEND = ['redeliver'] as const;

export const LANES = [EDGE, HUBS, STORE, RESEND] as const;
export const FAULT_KINDS = [...EDGE, ...HUBS, ...STORE, ...RESEND] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
