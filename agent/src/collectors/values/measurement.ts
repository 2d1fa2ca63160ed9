/** Measured values, with their fractions: bare as the API writes them, with the unit that the terminal adds. */
import { type Parsed, saysNone } from './parsed.ts';
import { readQuantity } from './quantity.ts';

/** Greater than anything that is measured. */
const MAGNITUDE_MAX = 1e9;
/** Digits that survive the change of a unit. */
const DIGITS = 12;

type Parser = (text: string) => Parsed;

/** A parser of numbers in one unit, with what one of each unit that may be written is in it. */
function measurement(scales: Readonly<Record<string, number>>): Parser {
  return (text) => {
    const quantity = readQuantity(text);
    const scale = quantity === undefined ? undefined : scales[quantity.unit];
    if (quantity === undefined || scale === undefined) return saysNone(text) ? undefined : Number.NaN;
    // Adding zero turns -0, as in `-0.000`, into 0.
    const value = scale === 1 ? quantity.value + 0 : Number((quantity.value * scale).toPrecision(DIGITS));
    return Math.abs(value) <= MAGNITUDE_MAX ? value : Number.NaN;
  };
}

/** °C: `33`, `33C`. */
export const parseCelsius = measurement({ '': 1, C: 1 });

/** Volts: `3.251`, `26.5V`. */
export const parseVolts = measurement({ '': 1, V: 1, mV: 1e-3 });

/** Milliamperes: `152`, `6mA`. */
export const parseMilliamps = measurement({ '': 1, mA: 1, A: 1e3 });

/** Watts: `4`, `4.1W`. */
export const parseWatts = measurement({ '': 1, W: 1, mW: 1e-3 });

/** Light or signal in dBm, a ratio in dB: `-2.843dBm`, `-9dB`. */
export const parseExactDecibels = measurement({ '': 1, dBm: 1, dB: 1 });

/** Nanometres: `850`, `1310nm`. */
export const parseNanometres = measurement({ '': 1, nm: 1 });

/** Metres: `120.5m`. */
export const parseExactMetres = measurement({ '': 1, m: 1, km: 1e3 });
