/** Request bodies: decoded, and read in parts so that only what is SQL is ever held in memory. */
import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { EngineError } from './engine-error.ts';

/** A body that is read once, from the front. */
export interface Body {
  /** Reads until `bytes` are there or the body ends; what was read stays the beginning of `rest()`. */
  head(bytes: number): Promise<Buffer>;
  /** True when the head is all there is. */
  readonly complete: boolean;
  /** The whole body, from its first byte. */
  rest(): AsyncGenerator<Uint8Array, void>;
}

/** Opens the body of a request. Throws EngineError when its Content-Encoding is unknown; reading throws it when the bytes are damaged. */
export function openBody(request: IncomingMessage): Body {
  const chunks = decoded(request)[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  let complete = false;

  async function next(): Promise<Uint8Array | undefined> {
    if (complete) return undefined;
    try {
      const { done, value } = await chunks.next();
      if (!done && value instanceof Uint8Array) return value;
      complete = true;
      return undefined;
    } catch (error) {
      if (request.destroyed && !request.complete)
        throw EngineError.of('NETWORK_ERROR', 'The client left before the end of its request.');
      throw EngineError.of(
        'INCORRECT_DATA',
        `Cannot decode the request body: ${error instanceof Error ? error.message : String(error)}.`,
      );
    }
  }

  return {
    get complete() {
      return complete;
    },
    async head(bytes) {
      const parts: Uint8Array[] = [first];
      let length = first.length;
      while (length < bytes) {
        const chunk = await next();
        if (chunk === undefined) break;
        parts.push(chunk);
        length += chunk.length;
      }
      if (parts.length > 1) first = Buffer.concat(parts, length);
      return first;
    },
    async *rest() {
      if (first.length > 0) yield first;
      for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk;
    },
  };
}

function decoded(request: IncomingMessage): Readable {
  // A body that nobody reads any more may still fail.
  request.on('error', () => undefined);
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return request;
  const decoder = decoderOf(encoding);
  // Not `pipeline`: it destroys the request, and with it the socket of the answer, when the bytes cannot be decoded.
  request.once('close', () => {
    if (!request.complete) decoder.destroy(new Error('the request ended early'));
  });
  decoder.on('error', () => undefined);
  return request.pipe(decoder);
}

function decoderOf(encoding: string): Transform {
  switch (encoding) {
    case 'gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    default:
      throw EngineError.of(
        'UNKNOWN_COMPRESSION_METHOD',
        `Unknown Content-Encoding "${encoding}": the embedded engine takes gzip, deflate, br and zstd.`,
      );
  }
}

/** Fields of a `multipart/form-data` body, as clients send query and param_x that are too long for a URL. Throws EngineError. */
export async function readForm(contentType: string, body: Body, bytesMax: number): Promise<URLSearchParams> {
  const bytes = await body.head(bytesMax + 1);
  if (bytes.length > bytesMax) throw EngineError.of('QUERY_IS_TOO_LARGE', `The form is larger than ${bytesMax} bytes.`);
  const fields = new URLSearchParams();
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
  } catch (error) {
    throw EngineError.of('INCORRECT_DATA', `Cannot read the form: ${error instanceof Error ? error.message : String(error)}.`);
  }
  for (const [name, value] of form) {
    if (typeof value !== 'string') throw EngineError.of('NOT_IMPLEMENTED', 'The embedded engine takes no external tables.');
    fields.append(name, value);
  }
  return fields;
}
