/**
 * Every alert there is: a sentence for the operator and what to do next. `docs/operations.md` has a row for each under
 * "Alerts"; a test compares the two.
 */
export const alertTable = {
  sensor_failing: {
    message: 'A sensor of this machine cannot be read, or says something that cannot be true.',
    todo: 'Run `castellan doctor`: it names the sensor and what was read. Until it works again nothing is acted upon.',
  },
  observe_only: {
    message: 'Castellan only observes: it cannot act as configured.',
    todo: 'Run `castellan status` for the reasons and remove them; observing goes on meanwhile.',
  },
  gap: {
    message: 'The keeper missed samples: for a while nobody measured.',
    todo: 'Compare the time with sleep, a stopped keeper or a machine without memory; the charts show the gap.',
  },
  telemetry_dropped: {
    message: 'Rows of history or of the journal could not be kept.',
    todo: 'Make room on the disk that holds the state folder, or look why it is slow. Measuring and acting go on.',
  },
  config_invalid: {
    message: 'castellan.toml has errors; the compiled defaults, or the last good file, are in force.',
    todo: 'Run `castellan config check` and correct the lines it names, then reload.',
  },
  heartbeat_unwritable: {
    message: 'The heartbeat file could not be written, so observers will take the keeper for dead.',
    todo: 'Make room on the disk that holds the run directory, and check the owner and mode of the folder.',
  },
} as const satisfies Readonly<Record<string, { readonly message: string; readonly todo: string }>>;

export type AlertKind = keyof typeof alertTable;

export const alertKinds = Object.keys(alertTable) as readonly AlertKind[];

export const isAlertKind = (name: string): name is AlertKind => Object.hasOwn(alertTable, name);
