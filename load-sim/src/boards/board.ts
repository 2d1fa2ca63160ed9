/** What a board model is made of. */
import type { DialectName } from '../dialects/dialect.ts';

export type BoardName = 'hap-ac2' | 'rb4011' | 'rb5009' | 'wap-ax' | 'ccr2004' | 'hex-poe-lite' | 'crs326';

/** A run of ports with one name pattern: `ether` 1 to 5 gives ether1 … ether5. */
export interface PortRange {
  readonly prefix: string;
  readonly count: number;
  readonly speedBps: number;
  readonly maxL2mtu: number;
}

export interface Radio {
  /** Frequency band in GHz. */
  readonly band: 2 | 5;
  /** `interface-type` of the wireless package, `hw-type` of the wifi package. */
  readonly chip: string;
  readonly speedBps: number;
}

/** A reading of /system/health: the value swings around `mid`. */
export interface Sensor {
  readonly name: string;
  readonly unit: 'C' | 'V' | 'W' | 'RPM';
  readonly mid: number;
  readonly swing: number;
  readonly decimals: 0 | 1;
}

export interface Board {
  readonly name: BoardName;
  /** As /system/resource reports it. */
  readonly boardName: string;
  readonly model: string;
  readonly architecture: string;
  /** `cpu` in v6 and v7: recent versions shortened it. */
  readonly cpu: Readonly<Record<6 | 7, string>>;
  readonly cpuCount: number;
  /** MHz; undefined where RouterOS does not report it. */
  readonly cpuFrequencyMhz: number | undefined;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Undefined on boards too old to report it. */
  readonly factorySoftware: string | undefined;
  readonly firmwareType: string;
  readonly ports: readonly PortRange[];
  readonly radios: readonly Radio[];
  readonly sensors: readonly Sensor[];
  /** Sensors that report a state: name and word. */
  readonly stateSensors?: readonly (readonly [name: string, state: string])[];
  /** Fitting range of VLANs that an operator puts on it. */
  readonly vlansMax: number;
  /** False where the wireless package is disabled, as on switches. Matters on v6 only. */
  readonly wirelessPackage: boolean;
  readonly dialects: readonly DialectName[];
}
