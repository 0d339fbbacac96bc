import type { DoctorCheck } from '../../protocol/verbs.ts';
import { ask } from '../ask.ts';
import { connect } from '../client.ts';
import { type Command, exit, exitCodes, flag, type Io, jsonOption, runDirOption } from '../command.ts';
import { deadmanCheck } from '../doctor/deadman.ts';
import { gatewayCheck } from '../doctor/gateway.ts';
import {
  configCheck,
  heartbeatCheck,
  keeperCheck,
  type Reached,
  runDirectoryCheck,
  socketCheck,
  versionChecks,
} from '../doctor/local.ts';
import type { OpenMac } from '../doctor/mac/show.ts';
import type { DoctorOutput } from '../doctor/output.ts';
import { type Line, paint, type Style, span } from '../lines.ts';
import { type Place, placeOf } from '../place.ts';
import { printable, printableJson } from '../printable.ts';

type Rows = DoctorOutput['checks'];

const askKeeper = async (
  place: Place,
): Promise<{ readonly reached: Reached; readonly checks: readonly DoctorCheck[] }> => {
  const connected = await connect(place.runDirectory, { owner: place.owner });
  if (!connected.ok) return { reached: connected, checks: [] };
  const { client } = connected;
  try {
    const fromMs = performance.now();
    const answer = await client.request('read.doctor', {});
    const roundTripMs = performance.now() - fromMs;
    if (!answer.ok) {
      const helper = { version: client.ready.helperVersion, skew: null };
      return { reached: { ok: false, failure: answer.failure, helper }, checks: [] };
    }
    return { reached: { ok: true, ready: client.ready, roundTripMs }, checks: answer.result.checks };
  } finally {
    client.close();
  }
};

/** A file that is wrong for us is wrong for the keeper, too: what both say is said once, with the place in the file. */
const isSaid = ({ name, found }: DoctorCheck, local: readonly DoctorCheck[]): boolean =>
  name === 'configuration' &&
  local.some((each) => {
    const message = found.slice(found.indexOf(': ') + 2);
    return each.name === name && each.state !== 'ok' && each.found.includes(message);
  });

const examine = async (place: Place, io: Io): Promise<Rows> => {
  const { reached, checks } = await askKeeper(place);
  const status = reached.ok ? await ask(place, 'read.status', {}) : null;
  const known = status?.ok === true ? status.result : null;
  const local = [
    runDirectoryCheck(place),
    socketCheck(place),
    await heartbeatCheck(place, Date.now()),
    await deadmanCheck(place),
    configCheck(place, io.uid, known?.keeper.host === 'sim'),
    await gatewayCheck(place, io.uid, known?.gateway ?? null),
    keeperCheck(reached),
    ...versionChecks(reached),
  ];
  return [
    ...local.map((check) => ({ ...check, from: 'local' as const })),
    ...checks.filter((check) => !isSaid(check, local)).map((check) => ({ ...check, from: 'keeper' as const })),
  ];
};

const look: Readonly<Record<DoctorCheck['state'], { readonly word: string; readonly style: Style }>> = {
  ok: { word: 'ok  ', style: 'green' },
  warn: { word: 'warn', style: 'yellow' },
  fail: { word: 'FAIL', style: 'red' },
};

const checkLines = ({ name, state, found, todo }: DoctorCheck): readonly Line[] => [
  ...found.split('\n').map((text, at): Line => {
    const { word, style } = look[state];
    const head = at === 0 ? [span(word, style), span(`  ${printable(name)}: `, 'bold')] : [span('        ')];
    return [...head, span(printable(text))];
  }),
  ...(todo === '' ? [] : [[span(`      → ${printable(todo)}`)]]),
];

export const createDoctorCommand = (open?: OpenMac): Command => ({
  name: 'doctor',
  summary: 'check that everything is in order, and say what to do',
  options: {
    mac: {
      type: 'boolean',
      help: 'check instead what Castellan takes for granted of macOS, on this Mac; half a minute',
    },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    'Works without a keeper, too. Exit code 1 when a check fails.',
    'With --mac it reads, asks Apple’s own tools, and acts on children of its own only; with sudo it sees more. Exit code 1',
    'also when nothing could be checked, as on Linux.',
  ],
  run: async (parsed, io) => {
    if (flag(parsed, 'mac')) {
      // Its checks are many, and no other look needs them.
      const { showMac } = await import('../doctor/mac/show.ts');
      const { failed, passed } = await showMac(placeOf(parsed, io), io, { isJson: flag(parsed, 'json'), open });
      return exit(failed > 0 || passed === 0 ? exitCodes.findings : exitCodes.ok);
    }
    const checks = await examine(placeOf(parsed, io), io);
    const output: DoctorOutput = { checks };
    if (flag(parsed, 'json')) io.out.write(`${printableJson(output, 2)}\n`);
    else for (const line of checks.flatMap(checkLines)) io.out.write(`${paint(line, io.out.colours)}\n`);
    return exit(checks.some(({ state }) => state === 'fail') ? exitCodes.findings : exitCodes.ok);
  },
});

export const doctorCommand = createDoctorCommand();
