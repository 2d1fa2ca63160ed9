import { describe, expect, it } from 'vitest';
import { connectionFault } from './connection-fault.ts';

describe('connectionFault', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ETIMEDOUT', 'timeout'],
    ['ECONNRESET', 'closed'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENOTFOUND', 'unreachable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['ESOMETHING', 'closed'],
  ])('maps %s to %s and names the code', (code, fault) => {
    const error = connectionFault('connect to 192.0.2.1:8728', Object.assign(new Error(''), { code }));
    expect(error.fault).toBe(fault);
    expect(error.message).toMatch(/^Cannot connect to 192\.0\.2\.1:8728: /);
    expect(error.message).toContain(code);
  });

  it('has a reason even for errors without code and text', () => {
    expect(connectionFault('log in to r1', new Error('')).message).toBe('Cannot log in to r1: the connection failed');
    expect(connectionFault('log in to r1', 'odd').message).toBe('Cannot log in to r1: the connection failed');
    expect(connectionFault('log in to r1', new Error('bad port')).message).toBe('Cannot log in to r1: bad port');
  });
});
