/**
 * The sensors of a board. RouterOS 6 answers with one row that has an attribute per sensor, RouterOS 7 with a row per sensor.
 * Settings stand among them: in the row of version 6, and in a row without a name of some version 7 builds.
 */
import { type Collector, type Gathering, type Menu, noteUnreadable } from './collector.ts';
import { readText } from './field-reader.ts';
import { parseReading } from './values/reading.ts';

const PATH = '/system/health';

/** Attributes of version 6 that are sensors: voltage, cpu-temperature, board-temperature1, fan1-speed, psu1-state … */
const SENSOR_NAME = /^(?:[a-z0-9]+-)*(?:voltage|temperature|current|consumption|speed)\d?$|^(?:[a-z0-9]+-)+state$/;

/** Units that the names of version 6 imply. A current is left without: boards differ in A and mA. */
const UNIT_OF_NAME: readonly (readonly [name: RegExp, unit: string])[] = [
  [/temperature\d?$/, 'C'],
  [/voltage\d?$/, 'V'],
  [/consumption\d?$/, 'W'],
  [/speed\d?$/, 'RPM'],
];

const menu: Menu = {
  path: PATH,
  // The names of the sensors are the attributes' names on version 6: a .proplist would have to know them all.
  words: [`${PATH}/print`],
  parse(reply, gathering) {
    const seen = new Set<string>();
    for (const row of reply) {
      const name = readText(row, 'name');
      if (name !== '') {
        addSensor(name, row.get('value') ?? '', readText(row, 'type'), seen, gathering);
        continue;
      }
      for (const key of row.keys()) {
        if (SENSOR_NAME.test(key)) addSensor(key, row.get(key) ?? '', '', seen, gathering);
      }
    }
  },
};

function addSensor(sensor: string, text: string, type: string, seen: Set<string>, gathering: Gathering): void {
  if (seen.has(sensor)) {
    gathering.collapsedRows++;
    return;
  }
  seen.add(sensor);
  const reading = text === '' ? undefined : parseReading(text);
  if (text !== '' && reading === undefined) noteUnreadable(gathering, sensor);
  const { value, unit = '', state = '' } = reading ?? {};
  const isNumber = value !== undefined;
  gathering.rows.sensors.push({ sensor, value, unit: isNumber ? unit || type || unitOfName(sensor) : '', state });
}

function unitOfName(sensor: string): string {
  return UNIT_OF_NAME.find(([name]) => name.test(sensor))?.[1] ?? '';
}

export const sensorsCollector: Collector = { name: 'sensors', optional: true, menus: [menu] };
