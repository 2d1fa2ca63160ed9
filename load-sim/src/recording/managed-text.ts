/** What RouterOS says about a radio that a CAPsMAN manages: who does, and the network and the channel that it has. */

export interface ManagedParts {
  /** The manager's address, with its interface behind a percent sign where that is told. */
  address(text: string): string;
  ssid(text: string): string;
  /** Anything else. */
  text(text: string): string;
}

const MANAGED = /^managed by CAPsMAN/;
const SSID = /\bSSID: (.*?)(?=(?:, |\n)(?:channel: |mode: |(?:local|CAPsMAN) forwarding|traffic processing)|$)/m;
const MANAGER = /^(managed by CAPsMAN )(\S+)$/;
const OWN_WORDS =
  /^(managed by CAPsMAN|mode: (ap|bridge|ap-bridge|station(-[a-z]{1,16}){0,2})|channel: \d{1,6}([/+][\w-]{1,12}|\(-?\d{1,3}dBm\)){0,8}|(local|CAPsMAN) forwarding|traffic processing on (CAP|CAPsMAN)|)$/i;

/** The text with what is not RouterOS' own in it replaced; undefined when it is no such text. */
export function replaceInManaged(text: string, parts: ManagedParts): string | undefined {
  if (!MANAGED.test(text)) return undefined;
  const found = SSID.exec(text);
  if (found === null) return segments(text, parts);
  const [whole, ssid = ''] = found;
  const before = segments(text.slice(0, found.index), parts);
  return `${before}SSID: ${ssid === '' ? '' : parts.ssid(ssid)}${segments(text.slice(found.index + whole.length), parts)}`;
}

function segments(text: string, parts: ManagedParts): string {
  return text
    .split(/(, |\n)/)
    .map((segment, index) => {
      if (index % 2 === 1 || OWN_WORDS.test(segment)) return segment;
      const manager = MANAGER.exec(segment);
      return manager === null ? parts.text(segment) : `${manager[1]}${parts.address(manager[2] ?? '')}`;
    })
    .join('');
}
