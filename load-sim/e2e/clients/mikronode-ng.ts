/** mikronode-ng 1.0.11 as it comes from npm, which knows the login of RouterOS before 6.45 alone: logs in, reads, closes. */
import mikronode from 'mikronode-ng';
import { readAsk, tell, tellReads, textOf } from './ask.ts';

const { host, port, user, password, reads, together } = readAsk();
const connection = mikronode.getConnection(host, user, password, { port });
connection.on('close', () => tell({ what: 'closed' }));
try {
  await connection.getConnectPromise();
  tell({ what: 'login' });
} catch (error) {
  tell({ what: 'refused', error: textOf(error) });
  process.exit(0);
}
await tellReads(reads, together, async ({ menu, verb, properties, where, queries, options }) => {
  return await connection.getCommandPromise(`${menu}/${verb}`, [
    ...Object.entries(options).map(([name, value]) => `=${name}=${value}`),
    ...(properties === undefined ? [] : [`=.proplist=${properties.join(',')}`]),
    ...Object.entries(where).map(([name, value]) => `?${name}=${value}`),
    ...queries,
  ]);
});
connection.close();
