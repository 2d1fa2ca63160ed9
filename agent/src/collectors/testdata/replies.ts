/**
 * Replies of real routers in miniature: forms of values as published captures show them, with invented names, addresses
 * and numbers. MACs are locally administered.
 */

/** /system/health: one row on version 6, a row per sensor on version 7. */
export const HEALTH = {
  'v6, one row of readings': [{ voltage: '24.1', temperature: '38', 'cpu-temperature': '51' }],
  'v6 with power supplies, fans and settings': [
    {
      'fan-mode': 'auto',
      'use-fan': 'main',
      'active-fan': 'main',
      'cpu-overtemp-check': 'true',
      'cpu-overtemp-threshold': '105C',
      'board-temperature1': '33C',
      'psu1-state': 'ok',
      'psu2-state': 'fail',
      'psu1-current': '1.4A',
      'fan1-speed': '4700RPM',
      current: '108mA',
      'power-consumption': '23.3',
      'poe-out-consumption': '-0.5',
    },
  ],
  'v7, a row per sensor': [
    { '.id': '*D', name: 'cpu-temperature', value: '48', type: 'C' },
    { '.id': '*E', name: 'fan1-speed', value: '3660', type: 'RPM' },
    { '.id': '*F', name: 'psu1-voltage', value: '12.1', type: 'V' },
    { '.id': '*10', name: 'psu1-state', value: 'ok', type: '' },
    { '.id': '*11', name: 'psu2-state', value: 'not-present', type: '' },
    { '.id': '*12', name: 'fan-state', value: 'no-input', type: '' },
    { '.id': '*13', name: 'jack-voltage', value: '', type: 'V' },
  ],
  'v7 with a row of settings': [
    { 'fan-full-speed-temp': '65', 'fan-target-temp': '58', 'fan-min-speed-percent': '0', 'fan-control-interval': '30s' },
    { '.id': '*D', name: 'voltage', value: '24', type: 'V' },
  ],
  'no sensors': [],
} as const;

/** /system/routerboard. Serial numbers are invented. */
export const BOARDS = {
  'hEX PoE lite 6.48': {
    routerboard: 'true',
    'board-name': 'hEX PoE lite',
    model: 'RouterBOARD 750UP r2',
    'serial-number': 'HP000000001',
    'firmware-type': 'qca9531L',
    'factory-firmware': '3.41',
    'current-firmware': '3.41',
    'upgrade-firmware': '6.48.6',
  },
  'wAP ax 7.18, with a revision': {
    routerboard: 'true',
    'board-name': 'wAP ax',
    model: 'wAPG-5HaxD2HaxD',
    revision: 'r2',
    'serial-number': 'HP000000002',
    'firmware-type': 'ipq5000',
    'factory-firmware': '7.14.3',
    'minimum-firmware': '7.14.3',
    'current-firmware': '7.18.2',
    'upgrade-firmware': '7.18.2',
  },
  'CHR, x86: the flag alone': { routerboard: 'false' },
} as const;

/** /system/resource/cpu of a router with two cores; older versions leave out what a core does not do. */
export const CPU_CORES = [
  { '.id': '*0', cpu: 'cpu0', load: '7', irq: '2', disk: '0' },
  { '.id': '*1', cpu: 'cpu1', load: '100%' },
] as const;

export const PACKAGES = [
  { '.id': '*1', name: 'routeros', version: '7.18.2', 'build-time': '2025-03-11 11:59:04', disabled: 'false' },
  { '.id': '*2', name: 'container', version: '7.18.2', available: 'true', disabled: 'false' },
] as const;

export const PACKAGE_UPDATES = {
  'after a check': {
    channel: 'stable',
    'installed-version': '7.19.1',
    'latest-version': '7.19.1',
    status: 'System is already up to date',
  },
  'before any check': { channel: 'long-term', 'installed-version': '6.49.18' },
} as const;

export const RESOURCES = {
  'RB3011 6.44': {
    uptime: '3w2d19h6m3s',
    version: '6.44.5 (long-term)',
    'build-time': 'Jul/04/2019 10:32:21',
    'factory-software': '6.35.4',
    'free-memory': '1015287808',
    'total-memory': '1073741824',
    cpu: 'ARMv7',
    'cpu-count': '2',
    'cpu-frequency': '1400',
    'cpu-load': '20',
    'free-hdd-space': '87277568',
    'total-hdd-space': '134479872',
    'architecture-name': 'arm',
    'board-name': 'RB3011UiAS',
    platform: 'MikroTik',
  },
  'OmniTIK 6.27, version without channel': {
    uptime: '4d15h20m38s',
    version: '6.27',
    'free-memory': '36741120',
    'total-memory': '67108864',
    'cpu-count': '1',
    'cpu-frequency': '400',
    'cpu-load': '28',
    'write-sect-since-reboot': '1070',
    'bad-blocks': '0',
    'architecture-name': 'mipsbe',
    'board-name': 'RB OmniTIK UPA-5HnD',
  },
  'CCR2004 7.12, no cpu-frequency': {
    uptime: '10w2d6h21m59s',
    version: '7.12.2 (stable)',
    'free-memory': '3884029952',
    'total-memory': '4227858432',
    'cpu-count': '4',
    'cpu-load': '36',
    'bad-blocks': '0',
    'architecture-name': 'arm64',
    'board-name': 'CCR2004-1G-12S+2XS',
  },
  'RB4011 7.23, uptime without hours': {
    uptime: '2w4d26m18s',
    version: '7.23.2 (stable)',
    'free-memory': '860566528',
    'cpu-load': '2',
    'architecture-name': 'arm',
    'board-name': 'RB4011iGS+',
  },
  'terminal text with units': {
    uptime: '1d03:04:05',
    'cpu-load': '51%',
    'cpu-frequency': '1400MHz',
    'total-memory': '64.0MiB',
    'free-memory': '512KiB',
    'bad-blocks': '0.1%',
  },
} as const;

export const INTERFACES = {
  'v6 port that is down': {
    'rx-packet': '64321220',
    'fp-tx-byte': '70563654783',
    'default-name': 'ether3',
    '.id': '*3',
    'actual-mtu': '1500',
    disabled: 'false',
    'rx-byte': '38784330741',
    'rx-error': '0',
    'fast-path': 'true',
    'rx-drop': '0',
    'last-link-up-time': 'oct/04/2017 20:11:03',
    type: 'ether',
    'mac-address': '02:71:00:00:00:03',
    slave: 'true',
    'tx-packet': '68227154',
    'link-downs': '83',
    'tx-byte': '70881296060',
    'tx-error': '0',
    running: 'false',
    'tx-drop': '0',
    name: 'ether3',
  },
  'v7 bridge without errors and drops': {
    '.id': '*8',
    name: 'bridge',
    type: 'bridge',
    mtu: 'auto',
    'link-downs': '0',
    'rx-byte': '26213966',
    'tx-byte': '95940776',
    'rx-packet': '272396',
    'tx-packet': '263166',
    dynamic: 'false',
    running: 'true',
    disabled: 'false',
  },
  'v7 loopback without counters': { '.id': '*9', name: 'lo', type: 'loopback', mtu: '65536', running: 'true', disabled: 'false' },
  'counters at the end of 64 bits': {
    '.id': '*FF',
    name: 'sfp28-1',
    type: 'ether',
    comment: 'Büro',
    'mac-address': '02-71-00-ff-ff-ff',
    'rx-byte': '18446744073709551615',
    'tx-byte': '9007199254740991',
    'tx-queue-drop': '9007199254740992',
    running: 'yes',
    disabled: 'no',
  },
} as const;

/** A disabled radio whose reply had no name. */
export const INTERFACE_WITHOUT_NAME = { '.id': '*D', type: 'wlan', running: 'false', disabled: 'true' } as const;

export const WIRELESS_CLIENTS = {
  '802.11 phone': {
    '.id': '*1429',
    interface: 'wlan1',
    'mac-address': '02:71:00:00:10:01',
    ap: 'false',
    'rx-rate': '19.5Mbps-20MHz/1S',
    'tx-rate': '36Mbps',
    packets: '67059,56097',
    bytes: '96975022,4951337',
    uptime: '15m17s',
    'last-activity': '1s30ms',
    'signal-strength': '-68@6Mbps',
    'signal-to-noise': '30',
    'strength-at-rates': '-66@5.5Mbps 3s450ms,-68@6Mbps 25s770ms',
    'tx-ccq': '51',
    'last-ip': '192.0.2.7',
  },
  'nv2 peer': {
    '.id': '*2',
    interface: 'ap-north',
    'radio-name': 'cpe->north',
    'mac-address': '02:71:00:00:10:02',
    'rx-rate': '26Mbps-20MHz/2S',
    'tx-rate': '60Mbps-40MHz/2S/SGI',
    packets: '37184706,33176656',
    bytes: '2871035632,2916519196',
    uptime: '4d15h19m47s',
    'last-activity': '0ms',
    'signal-strength': '-76',
    'signal-to-noise': '40',
    'tx-ccq': '104',
    'rx-ccq': '33',
    distance: '2',
    'tdma-timing-offset': '10',
  },
} as const;

export const WIFI_CLIENT = {
  interface: 'wifi1',
  ssid: 'home',
  'mac-address': '02:71:00:00:10:03',
  band: '5ghz-ax',
  signal: '-58',
  uptime: '1h2m',
  'last-activity': '690ms',
  'tx-rate': '28900000',
  'rx-rate': '54000000',
  packets: '10,20',
  bytes: '1000,2000',
} as const;

export const CAPS_MAN_CLIENT = {
  interface: 'cap1',
  ssid: 'Home',
  'mac-address': '02:71:00:00:10:04',
  'tx-rate': '866.6Mbps-80MHz/2S/SGI',
  'rx-rate': '144.4Mbps',
  'rx-signal': '-61',
  uptime: '1d2h3m4s',
  bytes: '1000,2000',
} as const;
