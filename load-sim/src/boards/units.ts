/** Units of the board templates: bit/s and bytes. */
export const MBIT = 1_000_000;
export const GBIT = 1000 * MBIT;
export const MIB = 1_048_576;
