/** routeros-client 1.1.2 as it comes from npm: logs in, reads what it is asked to with its own menus, closes. */
import { RouterOSClient } from 'routeros-client';
import { readAsk, tell, tellReads, textOf } from './ask.ts';

const { reads, together, ...options } = readAsk();
const client = new RouterOSClient({ ...options, timeout: 5 });
client.on('error', () => {});
client.on('close', () => tell({ what: 'closed' }));
const api = await client.connect().catch((error: unknown) => {
  tell({ what: 'refused', error: textOf(error) });
  process.exit(0);
});
tell({ what: 'login' });
await tellReads(reads, together, async ({ menu, verb, properties, where, queries, options }) => {
  const commands = api.menu(menu);
  if (properties !== undefined) commands.only([...properties]);
  if (Object.keys(where).length > 0) commands.where(where);
  if (queries.length > 0) commands.whereRaw([...queries]);
  if (verb !== 'print') return await commands.exec(verb, options);
  if (Object.keys(options).length > 0) commands.options(Object.keys(options));
  return await commands.get();
});
await client.close();
