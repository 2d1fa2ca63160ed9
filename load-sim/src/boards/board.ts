/** What a board model is made of. */
import type { DialectName } from '../dialects/dialect.ts';

export type BoardName =
  | 'hap-ac2'
  | 'hap-ac3'
  | 'cap-ac'
  | 'rb4011'
  | 'rb5009'
  | 'wap-ax'
  | 'audience'
  | 'ccr1036'
  | 'ccr2004'
  | 'ccr2216'
  | 'hex-poe-lite'
  | 'crs317'
  | 'crs326'
  | 'sxt-lte'
  | 'chateau-5g'
  | 'lhg-60g'
  | 'chr';

/** A run of ports with one name pattern: `ether` 1 to 5 gives ether1 … ether5. */
export interface PortRange {
  readonly prefix: string;
  readonly count: number;
  readonly speedBps: number;
  readonly maxL2mtu: number;
  /** Copper has no module; cages hold an optic, a direct-attach cable, or nothing. */
  readonly cage?: 'sfp' | 'qsfp';
  /** The last so many ports of the run feed what is attached to them. */
  readonly poeOut?: number;
  /** Lanes of a cage whose first lane uses them all: they never have a link of their own. */
  readonly dark?: boolean;
}

export interface Radio {
  /** Frequency band in GHz. */
  readonly band: 2 | 5;
  /** `interface-type` of the wireless package, `hw-type` of the wifi package. */
  readonly chip: string;
  readonly speedBps: number;
}

/**
 * `wireless`: that package alone drives the radios. `wifi-qcom-ac`: 802.11ac radios that v7 drives with its newer package.
 * `wifi-qcom`: 802.11ax, with the newer package only. `caps-man`: no radios of its own, it manages those of others.
 */
export type RadioDriver = 'none' | 'wireless' | 'wifi-qcom-ac' | 'wifi-qcom' | 'caps-man';

/** A reading of /system/health: the value swings around `mid`. */
export interface Sensor {
  readonly name: string;
  readonly unit: 'C' | 'V' | 'A' | 'W' | 'RPM';
  readonly mid: number;
  readonly swing: number;
  readonly decimals: 0 | 1;
}

/** The modem of an LTE or 5G board. */
export interface Modem {
  readonly model: string;
  readonly revision: string;
  readonly fiveG: boolean;
}

/** What an operator does with routers of this model: sizes of their tables, each up to this number. */
export interface Role {
  readonly dhcpLeases: number;
  readonly pppSessions: number;
  readonly queues: number;
  readonly bgpPeers: number;
  readonly ospfNeighbors: number;
  readonly routes: number;
  readonly connections: number;
}

export interface Board {
  readonly name: BoardName;
  /** Where the template's figures come from. */
  readonly evidence: string;
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
  /** Name of the port towards the network; ether1 unless named. */
  readonly uplink?: string;
  readonly radios: readonly Radio[];
  readonly radioDriver: RadioDriver;
  readonly modem?: Modem;
  /** True for one end of a 60 GHz link: the end that waits for the other, or the one that joins it. */
  readonly w60g?: boolean;
  readonly sensors: readonly Sensor[];
  /** Sensors that report a state: name and word. */
  readonly stateSensors?: readonly (readonly [name: string, state: string])[];
  /** Fitting range of VLANs that an operator puts on it. */
  readonly vlansMax: number;
  /** False where the wireless package is disabled, as on switches. Matters until 7.12 only. */
  readonly wirelessPackage: boolean;
  /** True for a virtual machine: no routerboard, no sensors, no bad blocks. */
  readonly virtual?: boolean;
  readonly role: Role;
  /** Versions that run on it. */
  readonly dialects: readonly DialectName[];
}
