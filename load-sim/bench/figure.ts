/** How a figure is written. */

/** Three significant digits, with thousands set apart; whole numbers stay whole. */
export function figure(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = Number(value.toPrecision(3));
  const [whole = '', part] = rounded.toFixed(Math.min(digits, 6)).split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ' ');
  const kept = part?.replace(/0+$/, '') ?? '';
  return kept === '' ? grouped : `${grouped}.${kept}`;
}
