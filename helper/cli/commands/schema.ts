import * as z from 'zod/mini';
import { configJsonSchema } from '../../config/schema.ts';
import { scenarioJsonSchema } from '../../incidents/scenario.ts';
import { logRowSchema } from '../../protocol/relief.ts';
import { verbs } from '../../protocol/verbs.ts';
import { adviceOutputSchema } from '../advice/output.ts';
import { type Command, exit, exitCodes, usage } from '../command.ts';
import { configOutputSchema, reloadOutputSchema } from '../config/output.ts';
import { containersOutputSchema } from '../containers/output.ts';
import { cutoverOutputSchema } from '../cutover/output.ts';
import { macOutputSchema } from '../doctor/mac/output.ts';
import { doctorOutputSchema } from '../doctor/output.ts';
import { guardOutputSchema } from '../guard/held-files.ts';
import { incidentOutputSchema, incidentsOutputSchema } from '../incidents/output.ts';
import {
  approveOutputSchema,
  denyOutputSchema,
  explainOutputSchema,
  pendingOutputSchema,
  reliefClearLeakOutputSchema,
  reliefModeOutputSchema,
  reliefOutputSchema,
  reliefPauseOutputSchema,
  reliefRestoreOutputSchema,
  reliefResumeOutputSchema,
  reliefWrongOutputSchema,
} from '../relief/output.ts';
import {
  ensureOutputSchema,
  explainSeatOutputSchema,
  fitsOutputSchema,
  healthOutputSchema,
  keepOutputSchema,
  releaseOutputSchema,
  servicesOutputSchema,
} from '../seats/output.ts';
import { statusOutputSchema } from '../status/output.ts';

/** What `--json` of a command prints, how castellan.toml is written, and what each verb takes and gives. */
const schemas: Readonly<Record<string, () => unknown>> = {
  status: () => z.toJSONSchema(statusOutputSchema, { io: 'output' }),
  'guard-path': () => z.toJSONSchema(guardOutputSchema, { io: 'output' }),
  health: () => z.toJSONSchema(healthOutputSchema, { io: 'output' }),
  containers: () => z.toJSONSchema(containersOutputSchema, { io: 'output' }),
  services: () => z.toJSONSchema(servicesOutputSchema, { io: 'output' }),
  ensure: () => z.toJSONSchema(ensureOutputSchema, { io: 'output' }),
  release: () => z.toJSONSchema(releaseOutputSchema, { io: 'output' }),
  keep: () => z.toJSONSchema(keepOutputSchema, { io: 'output' }),
  fits: () => z.toJSONSchema(fitsOutputSchema, { io: 'output' }),
  pending: () => z.toJSONSchema(pendingOutputSchema, { io: 'output' }),
  approve: () => z.toJSONSchema(approveOutputSchema, { io: 'output' }),
  deny: () => z.toJSONSchema(denyOutputSchema, { io: 'output' }),
  explain: () => z.toJSONSchema(explainOutputSchema, { io: 'output' }),
  advice: () => z.toJSONSchema(adviceOutputSchema, { io: 'output' }),
  'explain-seat': () => z.toJSONSchema(explainSeatOutputSchema, { io: 'output' }),
  relief: () => z.toJSONSchema(reliefOutputSchema, { io: 'output' }),
  'relief-mode': () => z.toJSONSchema(reliefModeOutputSchema, { io: 'output' }),
  'relief-wrong': () => z.toJSONSchema(reliefWrongOutputSchema, { io: 'output' }),
  'relief-pause': () => z.toJSONSchema(reliefPauseOutputSchema, { io: 'output' }),
  'relief-resume': () => z.toJSONSchema(reliefResumeOutputSchema, { io: 'output' }),
  'relief-restore': () => z.toJSONSchema(reliefRestoreOutputSchema, { io: 'output' }),
  'relief-clear-leak': () => z.toJSONSchema(reliefClearLeakOutputSchema, { io: 'output' }),
  /** One row: kinds differ in their further keys. */
  log: () => z.toJSONSchema(logRowSchema, { io: 'output' }),
  doctor: () => z.toJSONSchema(doctorOutputSchema, { io: 'output' }),
  'doctor-mac': () => z.toJSONSchema(macOutputSchema, { io: 'output' }),
  incidents: () => z.toJSONSchema(incidentsOutputSchema, { io: 'output' }),
  incident: () => z.toJSONSchema(incidentOutputSchema, { io: 'output' }),
  'config-check': () => z.toJSONSchema(configOutputSchema, { io: 'output' }),
  /** `rollback` has the same. */
  cutover: () => z.toJSONSchema(cutoverOutputSchema, { io: 'output' }),
  config: () => configJsonSchema(),
  'config-reload': () => z.toJSONSchema(reloadOutputSchema, { io: 'output' }),
  scenario: () => scenarioJsonSchema(),
  verbs: () =>
    Object.fromEntries(
      Object.entries(verbs).map(([name, { tier, args, result }]) => [
        name,
        { tier, args: z.toJSONSchema(args, { io: 'input' }), result: z.toJSONSchema(result, { io: 'output' }) },
      ]),
    ),
};

export const schemaCommand: Command = {
  name: 'schema',
  summary: 'JSON schemas of what --json prints, of castellan.toml and of the verbs',
  takes: 'NAME',
  positionals: { min: 1, max: 1 },
  options: {},
  notes: [`NAME is one of: ${Object.keys(schemas).join(', ')}.`],
  run: async ({ positionals }, { out }) => {
    const name = positionals[0] ?? '';
    const make = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    if (make === undefined) return usage(`no schema "${name}"; there are: ${Object.keys(schemas).join(', ')}`);
    out.write(`${JSON.stringify(make(), null, 2)}\n`);
    return exit(exitCodes.ok);
  },
};
