/** An hour in which everything happens once, and what must come of it: written by hand from the script. */
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { agentStarts, agentStops, answers, boots, clockIsSet, fails, isRenamed, isReplaced, port } from './happenings.ts';
import type { Script } from './world.ts';

const { TIMEOUT, REFUSED, UNREACHABLE, AUTH } = PollOutcome;
const FIVE_MINUTES = 300_000;

export const HOUR: Script = {
  startMs: Date.UTC(2026, 0, 5, 9, 30),
  minutes: 60,
  sites: { fra1: ['r1', 'r2', 'r3', 'r4'], lon1: ['r1', 'r2', 'r3'], ams1: ['r1', 'r2'] },
  happenings: [
    // One visit is lost: suspect, and back.
    ['05:00', fails('fra1/r1', TIMEOUT)],
    ['05:05', answers('fra1/r1')],
    // Down for a minute, with a cause that changes meanwhile.
    ['06:00', fails('fra1/r1', TIMEOUT)],
    ['06:35', fails('fra1/r1', REFUSED)],
    ['07:00', answers('fra1/r1')],
    // A router that loses every other visit: down with the third of five.
    ['08:00', fails('fra1/r4', TIMEOUT)],
    ['08:10', answers('fra1/r4')],
    ['08:20', fails('fra1/r4', TIMEOUT)],
    ['08:30', answers('fra1/r4')],
    ['08:40', fails('fra1/r4', TIMEOUT)],
    ['08:50', answers('fra1/r4')],
    // A port goes down for half a minute; its router counts it.
    ['12:00', port('fra1/r2', 'ether1', { running: false, linkDowns: 1 })],
    ['12:30', port('fra1/r2', 'ether1', { running: true })],
    // It flaps twice between two samples.
    ['13:01', port('fra1/r2', 'ether1', { linkDowns: 3 })],
    // An operator switches the other one off and on.
    ['14:00', port('fra1/r2', 'ether2', { disabled: true, running: false })],
    ['14:20', port('fra1/r2', 'ether2', { disabled: false, running: true })],
    // A reboot takes a minute, in which the router is refused.
    ['15:00', fails('fra1/r3', REFUSED)],
    ['15:50', boots('fra1/r3')],
    ['16:00', answers('fra1/r3')],
    // A reboot between two visits.
    ['18:05', boots('fra1/r3')],
    // A whole site does not answer for three minutes.
    ...['r1', 'r2', 'r3'].map((name) => ['20:00', fails(`lon1/${name}`, UNREACHABLE)] as const),
    ...['r1', 'r2', 'r3'].map((name) => ['23:00', answers(`lon1/${name}`)] as const),
    // An agent is down for five minutes. Meanwhile a router goes down and a port of the other, and nobody sees it.
    ['25:00', agentStops('ams1')],
    ['26:00', fails('ams1/r1', AUTH)],
    ['27:00', port('ams1/r2', 'ether2', { running: false, linkDowns: 1 })],
    ['30:00', agentStarts('ams1', 77n)],
    ['32:00', answers('ams1/r1')],
    ['32:00', port('ams1/r2', 'ether2', { running: true })],
    // An upgrade, with its reboot.
    ['33:00', fails('lon1/r2', REFUSED)],
    ['33:15', boots('lon1/r2', '7.19')],
    ['33:25', answers('lon1/r2')],
    // A device is replaced by another one, which shows when its board is read.
    ['36:00', fails('lon1/r3', UNREACHABLE)],
    ['37:00', isReplaced('lon1/r3', { serial: 'HG1', model: 'CCR2004-1G-12S+2XS', firmware: '7.19' })],
    ['37:00', boots('lon1/r3')],
    ['37:00', answers('lon1/r3')],
    // An operator renames a port.
    ['42:00', isRenamed('fra1/r4', 'ether2', 'to-lon1')],
    // The clock of an agent runs five minutes ahead, and is set back: nothing happened to any router.
    ['45:00', clockIsSet('ams1', FIVE_MINUTES)],
    ['52:00', clockIsSet('ams1', 0)],
  ],
};

/** By time: when, mm:ss; where; what; from → to; cause; how long it had lasted, mm:ss. A dash where there is nothing. */
export const EXPECTED: readonly string[] = [
  '00:00 ams1 agent_started ams1 - → 3 - -',
  '00:00 ams1/r1 router_state unknown → up - -',
  '00:00 ams1/r2 router_state unknown → up - -',
  '00:00 fra1 agent_started fra1 - → 1 - -',
  '00:00 fra1/r1 router_state unknown → up - -',
  '00:00 fra1/r2 router_state unknown → up - -',
  '00:00 fra1/r3 router_state unknown → up - -',
  '00:00 fra1/r4 router_state unknown → up - -',
  '00:00 lon1 agent_started lon1 - → 2 - -',
  '00:00 lon1/r1 router_state unknown → up - -',
  '00:00 lon1/r2 router_state unknown → up - -',
  '00:00 lon1/r3 router_state unknown → up - -',
  '05:00 fra1/r1 router_state up → suspect timeout 05:00',
  '05:10 fra1/r1 router_state suspect → up - 00:10',
  '06:00 fra1/r1 router_state up → suspect timeout 00:50',
  '06:20 fra1/r1 router_state suspect → down timeout 00:20',
  '07:00 fra1/r1 router_state down → up - 00:40',
  '08:00 fra1/r4 router_state up → suspect timeout 08:00',
  '08:10 fra1/r4 router_state suspect → up - 00:10',
  '08:20 fra1/r4 router_state up → suspect timeout 00:10',
  '08:30 fra1/r4 router_state suspect → up - 00:10',
  '08:40 fra1/r4 router_state up → down timeout 00:10',
  '08:50 fra1/r4 router_state down → up - 00:10',
  '12:00 fra1/r2 interface_state ether1 up → down - -',
  '12:30 fra1/r2 interface_state ether1 down → up - 00:30',
  '13:10 fra1/r2 interface_flapped ether1 up → up - -',
  '14:00 fra1/r2 interface_state ether2 up → disabled - -',
  '14:20 fra1/r2 interface_state ether2 disabled → up - 00:20',
  '15:00 fra1/r3 router_state up → suspect refused 15:00',
  '15:20 fra1/r3 router_state suspect → down refused 00:20',
  '16:00 fra1/r3 router_rebooted - → - - 4334:50',
  '16:00 fra1/r3 router_state down → up - 00:40',
  '18:10 fra1/r3 router_rebooted - → - - 02:10',
  '20:00 lon1/r1 router_state up → suspect unreachable -',
  '20:00 lon1/r2 router_state up → suspect unreachable -',
  '20:00 lon1/r3 router_state up → suspect unreachable -',
  '20:20 lon1/r1 router_state suspect → down unreachable 00:20',
  '20:20 lon1/r2 router_state suspect → down unreachable 00:20',
  '20:20 lon1/r3 router_state suspect → down unreachable 00:20',
  '23:00 lon1/r1 router_state down → up - 02:40',
  '23:00 lon1/r2 router_state down → up - 02:40',
  '23:00 lon1/r3 router_state down → up - 02:40',
  '30:00 ams1 agent_started ams1 3 → 77 - -',
  '30:00 ams1/r1 router_state up → suspect auth -',
  '30:00 ams1/r2 interface_state ether2 up → down - -',
  '30:20 ams1/r1 router_state suspect → down auth 00:20',
  '32:00 ams1/r1 router_state down → up - 01:40',
  '32:00 ams1/r2 interface_state ether2 down → up - 02:00',
  '33:00 lon1/r2 router_state up → suspect refused 10:00',
  '33:20 lon1/r2 router_state suspect → down refused 00:20',
  '33:30 lon1/r2 router_rebooted - → - version_changed 2912:50',
  '33:30 lon1/r2 router_state down → up - 00:10',
  '33:30 lon1/r2 version_changed 7.18.2 → 7.19 - -',
  '36:00 lon1/r3 router_state up → suspect unreachable 13:00',
  '36:20 lon1/r3 router_state suspect → down unreachable 00:20',
  '37:00 lon1/r3 router_rebooted - → - - 4355:50',
  '37:00 lon1/r3 router_state down → up - 00:40',
  '40:00 lon1/r3 board_changed RB5009UG+S+ → CCR2004-1G-12S+2XS serial_changed -',
  '40:00 lon1/r3 firmware_changed 7.18 → 7.19 serial_changed -',
  '40:00 lon1/r3 serial_changed HPr3 → HG1 - -',
  '42:00 fra1/r4 interface_renamed to-lon1 ether2 → to-lon1 - -',
];
