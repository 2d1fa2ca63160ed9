/** What operators do with their routers: how many rows the tables hold that no hardware decides. */
import type { Role } from './board.ts';

export const ACCESS_POINT: Role = {
  dhcpLeases: 0,
  pppSessions: 0,
  queues: 0,
  bgpPeers: 0,
  ospfNeighbors: 0,
  routes: 4,
  connections: 60,
};
export const CUSTOMER_GATEWAY: Role = {
  dhcpLeases: 40,
  pppSessions: 0,
  queues: 2,
  bgpPeers: 0,
  ospfNeighbors: 0,
  routes: 8,
  connections: 600,
};
export const SITE_ROUTER: Role = {
  dhcpLeases: 180,
  pppSessions: 40,
  queues: 40,
  bgpPeers: 1,
  ospfNeighbors: 3,
  routes: 120,
  connections: 6_000,
};
/** Terminates customers and carries a full table of routes. */
export const CORE_ROUTER: Role = {
  dhcpLeases: 600,
  pppSessions: 900,
  queues: 400,
  bgpPeers: 6,
  ospfNeighbors: 8,
  routes: 60_000,
  connections: 90_000,
};
export const SWITCH: Role = {
  dhcpLeases: 0,
  pppSessions: 0,
  queues: 0,
  bgpPeers: 0,
  ospfNeighbors: 0,
  routes: 3,
  connections: 20,
};
