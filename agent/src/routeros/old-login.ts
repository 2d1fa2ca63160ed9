import { createHash } from 'node:crypto';

const CHALLENGE = /^[0-9a-f]{32}$/i;

/**
 * The sentence that answers the login challenge of RouterOS before 6.43: `00` and the MD5 of a zero byte, the password's
 * bytes and the challenge's bytes. Undefined when the challenge is not 16 bytes in hexadecimal. Source: MikroTik's API manual.
 */
export function answerChallenge(user: string, password: string, challenge: string): readonly string[] | undefined {
  if (!CHALLENGE.test(challenge)) return undefined;
  const digest = createHash('md5')
    .update(Buffer.of(0))
    .update(password, 'utf8')
    .update(Buffer.from(challenge, 'hex'))
    .digest('hex');
  return ['/login', `=name=${user}`, `=response=00${digest}`];
}
