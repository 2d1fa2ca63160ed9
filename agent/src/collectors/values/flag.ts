import { type Parsed, saysNone } from './parsed.ts';

/** A boolean as 1 or 0: `true`/`false` in the API, `yes`/`no` in some older replies. */
export function parseFlag(text: string): Parsed {
  switch (text) {
    case 'true':
    case 'yes':
      return 1;
    case 'false':
    case 'no':
      return 0;
    default:
      return saysNone(text) ? undefined : Number.NaN;
  }
}
