/** How good a radio signal is; one scale on every page. */
export type SignalBand = 'strong' | 'good' | 'weak' | 'bad';

/** The band of a signal in dBm: −60 and up strong, −70 and up good, −80 and up weak, below it bad. */
export function signalBand(dbm: number): SignalBand {
  if (dbm >= -60) return 'strong';
  if (dbm >= -70) return 'good';
  if (dbm >= -80) return 'weak';
  return 'bad';
}
