import { describe, expect, it } from 'vitest';
import { refusal } from './guard.ts';

const ask = (host: string | undefined, origin?: string, allowed: string[] = []) => refusal({ host, origin }, allowed);

describe('refusal', () => {
  it.each(['localhost', 'localhost:8080', '127.0.0.1:8080', '127.64.3.9', '[::1]:8080', 'LOCALHOST'])(
    'lets the loopback host %s pass',
    (host) => {
      expect(ask(host)).toBeUndefined();
    },
  );

  it.each([undefined, '', 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:8080', 'a b', '10.0.0.1', '[::2]'])(
    'refuses the host %s',
    (host) => {
      expect(ask(host)).toContain('http.allowed_hosts');
    },
  );

  it('lets an allowed host pass, with and without its port', () => {
    expect(ask('hub.example:8080', undefined, ['hub.example'])).toBeUndefined();
    expect(ask('hub.example:8080', undefined, ['Hub.example:8080'])).toBeUndefined();
    expect(ask('hub.example:9', undefined, ['hub.example:8080'])).toBeDefined();
  });

  it.each(['http://evil.example', 'null', 'file://', 'http://localhost.evil.example', 'http://localhost@evil.example'])(
    'refuses pages of the origin %s',
    (origin) => {
      expect(ask('localhost:8080', origin)).toContain('does not answer to pages');
    },
  );

  it('lets its own pages pass', () => {
    expect(ask('localhost:8080', 'http://localhost:8080')).toBeUndefined();
    expect(ask('hub.example', 'https://hub.example', ['hub.example'])).toBeUndefined();
  });
});
