import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type RunningStack, runningStack } from './stack.ts';

const routerPage = z.object({
  routers: z.array(z.object({ site: z.string(), router: z.string(), board: z.string(), radio_clients: z.number().nullable() })),
});
const temporary = mkdtempSync(join(tmpdir(), 'poplar-browser-'));
let stack: RunningStack;
let browser: Browser;

beforeAll(async () => {
  const [running, executablePath] = await Promise.all([
    runningStack({ routers: 20, sites: 2, intervalMs: 1000, flags: ['--alerts'] }),
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

/** A page that collects whatever goes wrong in it. */
async function openPage(): Promise<{ page: Page; faults: string[]; foreign: string[] }> {
  const page = await browser.newPage({ locale: 'en-GB', viewport: { width: 1440, height: 900 } });
  const faults: string[] = [];
  const foreign: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(stack.url)) foreign.push(request.url());
  });
  return { page, faults, foreign };
}

/** Some router of a board, as soon as one has told it. */
async function routerOf(wanted: string): Promise<{ readonly site: string; readonly router: string }> {
  return await vi.waitFor(
    async () => {
      const { routers } = routerPage.parse(await (await fetch(`${stack.url}api/v1/routers`)).json());
      return (
        routers.find(({ board }) => board === wanted) ?? Promise.reject(new Error(`no router has told that it is a ${wanted}`))
      );
    },
    { timeout: 20_000 },
  );
}

/** Rows of two sessions that are down, so many minutes ago each. */
async function tellPeers(minutes: readonly number[]): Promise<void> {
  const at = (back: number): string => new Date(Date.now() - back * 60_000).toISOString().replace('Z', '').replace('T', ' ');
  const rows = minutes.flatMap((back) =>
    ['transit', 'peering'].map((peer) => `('${at(back)}', 'ams1', 'edge1', '${peer}', '192.0.2.1', 'a1', 1, 1, 0, 'active')`),
  );
  const inserted = await fetch(stack.clickhouseUrl, {
    method: 'POST',
    headers: {
      'x-clickhouse-user': 'default',
      'x-clickhouse-key': stack.clickhousePassword(),
      'x-clickhouse-database': 'poplar',
    },
    body: `INSERT INTO bgp_peers (ts, site, router, peer, remote_address, agent, rank, baseline, established, state) VALUES ${rows.join(', ')}`,
  });
  expect(inserted.status).toBe(200);
}

describe('the viewer', () => {
  it('shows the fleet, a router and a graph that grows by itself', { timeout: 120_000 }, async () => {
    const { page, faults, foreign } = await openPage();
    await page.goto(stack.url);
    await expect.poll(() => page.getByTestId('overview-routers-up').innerText(), { timeout: 40_000 }).toContain('20');

    await page.goto(`${stack.url}routers`);
    await expect.poll(() => page.getByTestId('routers-row').count(), { timeout: 20_000 }).toBe(20);

    await page.getByTestId('routers-row').first().click();
    await page.getByTestId('router-port-row').first().waitFor();
    await page.getByTestId('router-port-row').first().click();
    const graph = page.getByTestId('port-graph').locator('canvas').first();
    await graph.waitFor();
    const newest = async () => Number(await page.getByTestId('graph-newest-ms').first().getAttribute('data-newest-ms'));
    await expect.poll(newest, { timeout: 30_000 }).toBeGreaterThan(0);
    const before = await newest();
    await expect.poll(newest, { timeout: 30_000 }).toBeGreaterThan(before + 2000);

    expect(faults).toEqual([]);
    expect(foreign).toEqual([]);
    await page.close();
  });

  it('shows the serial number, the firmware and the sensors of a router', { timeout: 60_000 }, async () => {
    const { page, faults } = await openPage();
    const edge = await routerOf('RB5009UG+S+');
    await page.goto(`${stack.url}routers/${edge.site}/${edge.router}`);
    const sensors = page.getByTestId('router-sensors');
    await expect.poll(() => sensors.innerText(), { timeout: 20_000 }).toMatch(/cpu-temperature\s+\d+\s°C/);
    const facts = await page.locator('.facts').first().innerText();
    expect(facts).toMatch(/Serial\s+HP\w+/);
    expect(facts).toMatch(/Firmware\s+7\.18\.2/);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('shows links, neighbours, counts and what reading them costs, and keeps a filter in its address', {
    timeout: 120_000,
  }, async () => {
    const { page, faults } = await openPage();
    const edge = await routerOf('RB5009UG+S+');
    await page.goto(`${stack.url}routers/${edge.site}/${edge.router}`);
    const ports = page.locator('.ports');
    await expect.poll(() => ports.innerText(), { timeout: 60_000 }).toMatch(/link up\s+(1|2\.5|10)\sGbit\/s/);
    await page.locator('[data-port="sfp-sfpplus1"]').click();
    await expect.poll(() => page.getByTestId('port-facts').innerText(), { timeout: 20_000 }).toMatch(/MAC\s+(\w\w:){5}\w\w/);

    await expect.poll(() => page.getByTestId('neighbors-row').count(), { timeout: 60_000 }).toBeGreaterThan(0);
    await expect.poll(() => page.getByTestId('counts-row').count(), { timeout: 60_000 }).toBeGreaterThan(0);
    const collectors = page.getByTestId('collectors-row');
    await expect.poll(() => collectors.first().innerText(), { timeout: 60_000 }).toMatch(/running[\s\S]+ ms/);

    await page.getByLabel('Filter collectors').fill('ethernet');
    await expect.poll(() => collectors.count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('in-collectors')).toBe('ethernet');
    await page.reload();
    await expect.poll(() => collectors.allInnerTexts(), { timeout: 20_000 }).toMatchObject([expect.stringContaining('ethernet')]);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('says whether the data is complete: the balance of today, and the gaps', { timeout: 120_000 }, async () => {
    const { page, faults } = await openPage();
    await page.goto(`${stack.url}health`);
    const balance = page.getByTestId('section-reconciliation');
    // What is younger than a minute may still be on its way, and the balance is read again every five.
    await expect
      .poll(
        async () => {
          const text = await balance.innerText();
          if (text.includes('Nothing was polled')) await page.reload();
          return text;
        },
        { timeout: 100_000, interval: 2000 },
      )
      .toMatch(/adds up/);
    expect(await page.getByTestId('balance-row').count()).toBe(1);
    await expect.poll(() => page.getByTestId('section-gaps').innerText()).toMatch(/ in 6 hours/);
    const room = page.getByTestId('section-storage');
    await expect.poll(() => room.innerText()).toMatch(/interface_counters\s.*\s30 days\s/);
    expect(await room.innerText()).toMatch(/Free\s+[\d.]+ [GMT]iB of /i);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('lists what there is and was, filtered, and gives it as CSV', { timeout: 60_000 }, async () => {
    const { page, faults } = await openPage();
    const { site, router } = await routerOf('RB5009UG+S+');
    await page.goto(`${stack.url}inventory`);
    const rows = page.getByTestId('inventory-row');
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(20);
    await page.getByLabel('Filter the inventory').fill(router);
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBeLessThan(20);
    expect(new URL(page.url()).searchParams.get('q')).toBe(router);
    await expect.poll(() => rows.first().innerText(), { timeout: 20_000 }).toMatch(new RegExp(`${router}.*${site}.*now`, 's'));
    await page.getByRole('button', { name: 'Interfaces' }).click();
    await expect
      .poll(() => rows.allInnerTexts(), { timeout: 20_000 })
      .toContainEqual(expect.stringMatching(/^ether1\s.*\sether\s.*now$/s));
    const csv = await page.getByRole('link', { name: 'CSV' }).getAttribute('href');
    expect(await (await fetch(new URL(csv ?? '', stack.url))).text()).toMatch(/^site,router,interface,.*\r\n[^]*,ether1,ether,/);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('shows what rules found, on the overview and on its own page, and how the rules fare', { timeout: 180_000 }, async () => {
    // Two BGP sessions that have been down for some minutes and stay so, on a router that nobody else polls.
    await tellPeers([5, 4, 3, 2, 1]);
    const telling = setInterval(() => void tellPeers([0]), 5_000);
    try {
      const { page, faults } = await openPage();
      await page.goto(stack.url);
      const lines = page.getByTestId('incident-line');
      await expect
        .poll(() => lines.allInnerTexts(), { timeout: 120_000 })
        .toEqual(
          expect.arrayContaining([expect.stringMatching(/edge1[^]*BGP session transit of edge1 is down: active[^]*critical/)]),
        );

      await page.goto(`${stack.url}alerts`);
      const open = page.getByTestId('incidents-row');
      await expect.poll(() => open.allInnerTexts(), { timeout: 20_000 }).toHaveLength(2);
      expect(await open.first().innerText()).toMatch(/critical[^]*edge1[^]*ams1[^]*BGP session/);
      const rules = page.getByTestId('rules-row');
      await expect.poll(() => rules.count(), { timeout: 20_000 }).toBe(17);
      await expect
        .poll(() => rules.allInnerTexts(), { timeout: 60_000 })
        .toEqual(expect.arrayContaining([expect.stringMatching(/bgp_down\s+firing/), expect.stringMatching(/cpu_high\s+ok/)]));
      expect((await rules.allInnerTexts()).filter((text) => /fails/.test(text))).toEqual([]);
      expect(faults).toEqual([]);
      await page.close();
    } finally {
      clearInterval(telling);
    }
  });

  it('shows wireless links, the worst first, and what became of one', { timeout: 120_000 }, async () => {
    const { page, faults } = await openPage();
    await page.goto(`${stack.url}links`);
    const rows = page.getByTestId('link-row');
    // An access point that reaches the network over another one is a client there.
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBeGreaterThan(1);
    await expect.poll(() => rows.first().innerText(), { timeout: 20_000 }).toMatch(/(discovered|active|degraded)[\s\S]+−\d+ dBm/);
    const mac = await rows.first().getAttribute('data-mac');
    await page.getByLabel('Filter links').fill(mac ?? '');
    await expect.poll(() => rows.count()).toBe(1);

    await rows
      .first()
      .getByText(/discovered|active|degraded/)
      .click();
    await expect
      .poll(() => page.getByTestId('link-transition').last().innerText(), { timeout: 20_000 })
      .toMatch(/discovered\s+registered/);
    await expect.poll(() => page.locator('.signal-graph .stretch').count()).toBeGreaterThan(0);
    await page.reload();
    await page.getByTestId('link-history').waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  it('shows the wireless clients of an access point', { timeout: 60_000 }, async () => {
    const { page, faults } = await openPage();
    const response = await fetch(`${stack.url}api/v1/routers`);
    const { routers } = routerPage.parse(await response.json());
    const ap = routers.find(({ radio_clients }) => (radio_clients ?? 0) > 0);
    await page.goto(`${stack.url}routers/${ap?.site}/${ap?.router}`);
    await page.getByTestId('router-port-row').first().waitFor();
    const tab = page.getByRole('tab', { name: /wireless/i });
    if ((await tab.count()) > 0) await tab.first().click();
    await expect.poll(() => page.getByTestId('radio-client-row').count(), { timeout: 20_000 }).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    await page.close();
  });
});
