import { expect, test } from 'vitest';
import { patchedUrl } from './location.ts';
import { parseRoute, routerPath, routersPath } from './routes.ts';

test('every page has its path', () => {
  expect(parseRoute('/')).toEqual({ page: 'overview' });
  expect(parseRoute('/routers')).toEqual({ page: 'routers' });
  expect(parseRoute('/sites/')).toEqual({ page: 'sites' });
  expect(parseRoute('/alerts')).toEqual({ page: 'alerts' });
  expect(parseRoute('/events')).toEqual({ page: 'events' });
  expect(parseRoute('/inventory')).toEqual({ page: 'inventory' });
  expect(parseRoute('/health')).toEqual({ page: 'health' });
  expect(parseRoute('/routers/fra1')).toEqual({ page: 'missing', path: '/routers/fra1' });
  expect(parseRoute('/nothing')).toEqual({ page: 'missing', path: '/nothing' });
});

test('names with slashes, spaces and percent signs survive the address', () => {
  for (const name of ['r0001', 'a/b', 'tower 5', '100%', 'Köln']) {
    expect(parseRoute(routerPath('fra1', name))).toEqual({ page: 'router', site: 'fra1', router: name });
  }
  expect(parseRoute('/routers/fra1/100%')).toEqual({ page: 'router', site: 'fra1', router: '100%' });
});

test('a query is part of the address of the router list', () => {
  expect(routersPath('')).toBe('/routers');
  expect(new URL(routersPath('site:fra1 cpu:>80'), 'http://hub').searchParams.get('q')).toBe('site:fra1 cpu:>80');
});

test('a patch sets, repeats and removes parameters and leaves the others alone', () => {
  const url = new URL('http://hub/routers/fra1/r1?range=6h&port=ether1');
  expect(patchedUrl(url, { port: ['ether1', 'sfp1'] }).search).toBe('?range=6h&port=ether1&port=sfp1');
  expect(patchedUrl(url, { port: [] }).search).toBe('?range=6h');
  expect(patchedUrl(url, { range: null, live: '0' }).search).toBe('?port=ether1&live=0');
  expect(patchedUrl(url, { q: '' }).search).toBe('?range=6h&port=ether1');
});
