/** docs/scenarios.md: what a scenario file says, and what each fault is. */
import type { z } from 'zod';
import { FAULT_KINDS, faultSpec, type Outcome } from '../load-sim/src/faults/kinds.ts';
import { SCENARIO } from '../load-sim/src/faults/scenario.ts';

/** A file with nothing but what is required in each of its parts. */
const MINIMAL = {
  fleet: { tls: 'certificate', tls_share_pct: 10 },
  faults: [{ kind: 'huge_tables', rows: {} }],
  random: { share_pct: 5, kinds: ['refuse'] },
};

/** `table` writes the keys of a schema as a Markdown table. */
export function scenariosPage(table: (schema: z.ZodType, minimal: unknown) => string): string {
  return `# Scenarios

Generated from the schema and the catalogue of faults by \`npm run generate\`.

A scenario says what goes wrong with the simulated routers, and when:

\`\`\`
npm start -- --routers 500 --mix all --scenario load-sim/scenarios/faulty-fleet.yaml --for-s 120 --json
npm run sim -- routers --scenario load-sim/scenarios/faulty-fleet.yaml --fleet-file fleet.json --journal truth.journal
npm run sim -- verify --fleet-file fleet.json --journal truth.journal
\`\`\`

With the simulator come \`faulty-fleet.yaml\` (at any time, one router in twenty has something that a poller must cope with) and
\`strange-routers.yaml\` (routers that answer in time and tell strange things), in \`load-sim/scenarios\`.

What happens to a router at a time follows from the seed, the scenario and the router alone. The scenario goes into the fleet file, so that
\`verify\` knows what every router did when, and compares with it every stored value and the outcome of every poll. Times count from the fleet's
start: with a data folder that is kept, from its first run.

## The file

\`\`\`yaml
about: Maintenance in Frankfurt, and the usual trouble elsewhere.
faults:
  - { kind: reboot, sites: [fra1], boards: [rb5009], from_s: 60, for_s: 20 }
  - { kind: trap_menu, menu: /interface, routers: [r0003, r0010..r0019], from_s: 30, for_s: 45 }
  - { kind: refuse, share_pct: 2, from_s: 120, for_s: 30, every_s: 300 }
  - { kind: counters_32bit, share_pct: 1 }
random: { share_pct: 5, for_s_min: 30, for_s_max: 90, kinds: [mute, cut, garbage] }
\`\`\`

${table(SCENARIO, MINIMAL)}

\`fleet\`, \`faults\` and \`random\` may be left out; *required* is what each of them needs where it is there.

A router has one fault at a time: entries that would meet on a router are refused. An entry without \`routers\`, \`sites\`, \`boards\` and \`dialects\`
concerns the whole fleet, or \`share_pct\` of it. Random faults go round the routers that no entry concerns: so many of them are faulty at any time,
each for as long as it may be (the first ones are under way when it begins, and shorter), and then others have their turn.

## The faults

The outcome is that of a poll within the fault; with two of them, either is right.

| kind | what it does | outcome | over TLS |
|---|---|---|---|
${FAULT_KINDS.map(faultRow).join('\n')}

Faults that change what routers tell (\`reboot\`, \`clock_jump\`, \`counters_32bit\`, \`duplicate_macs\`, \`no_clients\`, \`huge_tables\`) change the
truth that stored values are compared with.

## What is verified

\`npm start -- --for-s … --json\` and \`sim verify --json\` have these keys with a scenario (null without one); the exit status is 1 when one of the first three
is not 0.

| key | meaning |
|---|---|
| \`wrong_outcomes\` | polls that did not end as the state of their router has them end: within a fault as it says, between faults \`ok\`. A poll that touches the beginning or the end of a fault (within a second) may end either way, or cut |
| \`missed_polls\` | intervals without a poll, and polls of healthy routers that were overrun. A router that does not answer is due within two intervals |
| \`slow_recoveries\` | faults after whose end no poll was \`ok\` within two intervals, of \`recoveries\` that were looked at |
| \`fault_polls\` | polls that showed their fault, by kind |
| \`held_up_ms\` | time in which the simulator did not run, because its machine was suspended or overloaded (hold-ups of more than a second). Polls that touch it or a second around it may end in any way, and that time does not count between polls. Of the verified time |
| \`judged_pct\` | part of the other time that is further than a second from a hold-up. Under 50 there is no verdict: the exit status is 1 |
`;
}

function faultRow(kind: (typeof FAULT_KINDS)[number]): string {
  const { does, outcomes, impossible } = faultSpec(kind);
  const limit = impossible === '' ? '' : `. Not on a router that ${impossible}`;
  return `| \`${kind}\` | ${does}${limit} | ${outcomesText(outcomes.plain)} | ${outcomesText(outcomes.tls)} |`;
}

function outcomesText(outcomes: readonly Outcome[]): string {
  return outcomes.map((outcome) => `\`${outcome}\``).join(' or ');
}
