/** Who may log in, in the three ways of RouterOS: MD5 challenge (before 6.43), both (6.43, 6.44), plain (from 6.45.1). */
import { createHash } from 'node:crypto';
import type { LoginMode } from '../dialects/dialect.ts';
import type { RouterPlan } from '../router-plan.ts';

export type LoginAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused' }
  /** The client has to prove the password against these 16 bytes, given in hexadecimal. */
  | { readonly kind: 'challenge'; readonly challenge: string };

export interface Login {
  /** Answers one /login with these attributes. */
  answer(attributes: ReadonlyMap<string, string>): LoginAnswer;
}

/** The login state of one session. `challengeBytes` gives 16 random bytes. */
export function createLogin(mode: LoginMode, plan: RouterPlan, challengeBytes: () => Buffer): Login {
  let challenge: Buffer | undefined;

  const verdict = (right: boolean): LoginAnswer => ({ kind: right && !plan.refusesLogin ? 'accepted' : 'refused' });

  return {
    answer(attributes) {
      const user = attributes.get('name');
      const response = attributes.get('response');
      if (response !== undefined) {
        // A plain-only router never gave a challenge, so that no proof is right.
        const expected = challenge === undefined ? undefined : `00${md5Proof(plan.password, challenge)}`;
        challenge = undefined;
        return verdict(user === plan.user && expected !== undefined && response.toLowerCase() === expected);
      }
      if (mode === 'challenge' || (mode === 'both' && user === undefined)) {
        // An old router ignores a password that it was sent in the clear.
        challenge = challengeBytes();
        return { kind: 'challenge', challenge: challenge.toString('hex') };
      }
      return verdict(user === plan.user && attributes.get('password') === plan.password);
    },
  };
}

/** MD5 over a zero byte, the password and the challenge, in hexadecimal: what an old-style client has to send after `00`. */
export function md5Proof(password: string, challenge: Buffer): string {
  return createHash('md5')
    .update(Buffer.from([0]))
    .update(Buffer.from(password, 'utf8'))
    .update(challenge)
    .digest('hex');
}
