/** Routers that fail and reboot, a site that goes dark and an agent that falls silent, as an operator sees them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningStack, runningStack } from './stack.ts';

/**
 * Events are made by the hub in the background, which rests nine times as long as it works: on a slow machine they come a minute or two after what
 * they tell of.
 */
const MADE_MS = 180_000;
const temporary = mkdtempSync(join(tmpdir(), 'poplar-events-'));
const SCENARIO = `about: A router that reboots, and a site that goes dark for a while.
faults:
  - { kind: reboot, routers: [r0001], from_s: 15, for_s: 8 }
  - { kind: refuse, sites: [lon1], from_s: 20, for_s: 30 }
`;

let stack: RunningStack;
let browser: Browser;
beforeAll(async () => {
  const scenario = join(temporary, 'dark-site.yaml');
  writeFileSync(scenario, SCENARIO);
  const [running, executablePath] = await Promise.all([
    runningStack({ routers: 12, sites: 2, intervalMs: 1000, flags: ['--scenario', scenario] }),
    chromium.executablePath(),
  ]);
  stack = running;
  browser = await playwright.launch({ executablePath, args: ['--no-sandbox'], env: { ...process.env, TMPDIR: temporary } });
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await stack?.[Symbol.asyncDispose]();
  rmSync(temporary, { recursive: true, force: true });
});

it('are one problem while they last, and events afterwards', { timeout: 600_000 }, async () => {
  const page = await browser.newPage({ locale: 'en-GB', viewport: { width: 1440, height: 900 } });
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  const problems = async (): Promise<string> => (await page.getByTestId('problem-line').allInnerTexts()).join('\n');
  await page.goto(stack.url);
  await expect.poll(problems, { timeout: 60_000 }).toContain('site lon1 does not answer (refused)');
  await expect.poll(problems, { timeout: 60_000 }).not.toContain('lon1');

  await page.goto(`${stack.url}events`);
  const events = async (): Promise<string> => (await page.getByTestId('event-row').allInnerTexts()).join('\n');
  await expect.poll(events, { timeout: MADE_MS }).toMatch(/6 routers down refused\s+lon1/);
  await page.getByLabel('Kind').selectOption('router_rebooted');
  await expect.poll(events, { timeout: MADE_MS }).toMatch(/rebooted after [^\t]*\tr0001/);
  expect(new URL(page.url()).searchParams.get('kind')).toBe('router_rebooted');

  await page.goto(`${stack.url}routers/fra1/r0001`);
  const section = page.getByTestId('section-events');
  await expect.poll(() => section.innerText(), { timeout: MADE_MS }).toMatch(/rebooted after/);
  await section.getByText('all events').click();
  await expect.poll(() => new URL(page.url()).search).toContain('router=r0001');

  const agent = stack.processes().find(({ command }) => command.includes('agent/dist/agent.js'));
  if (agent === undefined) throw new Error('no agent runs');
  process.kill(agent.pid, 'SIGSTOP');
  try {
    await page.goto(stack.url);
    await expect.poll(problems, { timeout: 60_000 }).toMatch(/agent \S+ silent: 12 routers unknown at fra1, lon1/);
    expect(await page.getByTestId('problem-line').count()).toBe(1);
  } finally {
    process.kill(agent.pid, 'SIGCONT');
  }
  await expect.poll(problems, { timeout: 60_000 }).toBe('');
  expect(faults).toEqual([]);
  await page.close();
});
