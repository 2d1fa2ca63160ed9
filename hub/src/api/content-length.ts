import type { MiddlewareHandler } from 'hono';

/** Tells the length of answers that are in memory anyway, so that compression can leave the small ones alone. */
export const contentLength: MiddlewareHandler = async (c, next) => {
  await next();
  if (c.res.body === null || c.res.headers.has('content-length')) return;
  const bytes = await c.res.arrayBuffer();
  c.res = new Response(bytes, { status: c.res.status, headers: c.res.headers });
  c.res.headers.set('content-length', String(bytes.byteLength));
};
