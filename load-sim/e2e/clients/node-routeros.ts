/** node-routeros 1.6.9 as it comes from npm: logs in, reads what it is asked to, closes. */
import { RouterOSAPI } from 'node-routeros';
import { readAsk, tell, tellReads, textOf } from './ask.ts';

const { reads, together, ...options } = readAsk();
const api = new RouterOSAPI({ ...options, timeout: 5 });
api.on('error', () => {});
api.on('close', () => tell({ what: 'closed' }));
try {
  await api.connect();
  tell({ what: 'login' });
} catch (error) {
  tell({ what: 'refused', error: textOf(error) });
  process.exit(0);
}
await tellReads(reads, together, async ({ menu, verb, properties, where, queries, options }) => {
  const words = [
    ...Object.entries(options).map(([name, value]) => `=${name}=${value}`),
    ...(properties === undefined ? [] : [`=.proplist=${properties.join(',')}`]),
    ...Object.entries(where).map(([name, value]) => `?${name}=${value}`),
    ...queries,
  ];
  return await api.write(`${menu}/${verb}`, words);
});
await api.close();
