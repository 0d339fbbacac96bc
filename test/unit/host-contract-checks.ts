import assert from 'node:assert/strict';
import type { ActResult, Host } from '../../helper/host/port.ts';
import type { ProcessId, ProcessReading, SensorFact } from '../../helper/host/reading.ts';
import { sensors } from '../../helper/host/reading.ts';
import type { HostWorld } from './host-contract.ts';

/** What the host contract checks again and again. */

export const MB = 2 ** 20;

export const isFact = (x: ProcessReading | ProcessId | SensorFact): x is SensorFact => 'problem' in x;

export const mustIdentify = (host: Host, pid: number): ProcessId => {
  const id = host.identify(pid);
  if (isFact(id)) assert.fail(`pid ${pid} cannot be identified: ${id.detail}`);
  return id;
};

export const mustRead = (host: Host, id: ProcessId): ProcessReading => {
  const [reading] = host.readChosen([id]);
  if (reading === undefined || isFact(reading)) assert.fail(`pid ${id.pid} cannot be read: ${reading?.detail}`);
  return reading;
};

export const assertFact = (fact: SensorFact): void => {
  assert.ok(sensors.includes(fact.sensor), fact.sensor);
  assert.notEqual(fact.detail.trim(), '', 'a fact says what was read and from where');
};

export const assertBytes = (name: string, value: number, most: number): void => {
  assert.ok(Number.isFinite(value) && value >= 0 && value <= most, `${name} is ${value}`);
};

export const stranger = (id: ProcessId): ProcessId => ({ pid: id.pid, start: `${id.start}0` });

export const problemOf = (result: ActResult): string => (result.ok ? 'none' : result.problem);

/** Control characters, DEL, C1 and line separators: nothing of the kind may reach a terminal or a log. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

export const assertReading = (p: ProcessReading, totalBytes: number): void => {
  assert.ok(Number.isInteger(p.id.pid) && p.id.pid > 0, `pid ${p.id.pid}`);
  assert.notEqual(p.id.start, '');
  assert.ok(Number.isInteger(p.ppid) && p.ppid >= 0);
  assert.ok(Number.isInteger(p.uid) && p.uid >= 0);
  assert.ok(p.name.length <= 64 && !control.test(p.name), JSON.stringify(p.name));
  assert.ok(p.command.length <= 4096 && !control.test(p.command), JSON.stringify(p.command));
  assert.ok(['running', 'sleeping', 'stopped', 'zombie'].includes(p.state), p.state);
  assertBytes('footprint', p.footprintBytes, 4 * totalBytes);
  assertBytes('rss', p.rssBytes, totalBytes);
  assertBytes('peak', p.peakFootprintBytes, 4 * totalBytes);
  assert.ok(p.peakFootprintBytes >= p.footprintBytes, `peak ${p.peakFootprintBytes} < now ${p.footprintBytes}`);
  if (p.wiredBytes !== null) assertBytes('wired', p.wiredBytes, totalBytes);
  if (p.compressedBytes !== null) assertBytes('compressed', p.compressedBytes, p.footprintBytes);
  assert.ok(Number.isFinite(p.cpuMs) && p.cpuMs >= 0);
};

/** Asks again, letting time pass, until `done` or 10 s of the world's time are over. */
export const until = async (world: HostWorld, what: string, done: () => boolean): Promise<void> => {
  for (let waited = 0; waited <= 10_000; waited += 50) {
    if (done()) return;
    await world.advance(50);
  }
  assert.fail(`not within 10 s: ${what}`);
};
