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
  action_useless: {
    message: 'An action was carried out and did not help.',
    todo: 'See `castellan explain`; the target is left alone after the second time, and what would help is named.',
  },
  relief_exhausted: {
    message: 'Memory is short and nothing that may be done by itself is left.',
    todo: 'Look at the largest footprint that is named, and at what waits for approval.',
  },
  actuator_conflict: {
    message: 'Somebody else resumes what Castellan froze; it stops freezing.',
    todo: 'Find the other tool (an old sentinel, a script) and end it; freezing is used again in the next episode.',
  },
  deadman_missing: {
    message: 'The deadman does not answer: nothing can be frozen.',
    todo: 'Start it again; `castellan doctor` tells whether it is there.',
  },
  freeze_failed: {
    message: 'A process could not be frozen, or not be resumed, as it should have been.',
    todo: 'Look at the process that is named; `castellan log` has what happened.',
  },
  service_failed: {
    message: 'A service could not be shed, brought back or told to end.',
    todo: 'Look at the service that is named with `castellan log`; it is tried again later.',
  },
  brake_exhausted: {
    message: 'Three processes were frozen within two minutes and memory still runs out.',
    todo: 'See which process grows in `castellan status`, and approve what is proposed.',
  },
  wired_leak: {
    message: 'Wired memory of a seat that ended did not come back.',
    todo: 'Only a restart of the machine gives it back for certain; until then this seat is not loaded again.',
  },
  envelope_exceeded: {
    message: 'The declared peaks of all seats together are more than this machine has.',
    todo: 'Lower a peak, remove a seat or add memory; until then not all can be loaded at once.',
  },
  enforcer_missing: {
    message: 'The policy counts on a service that is not there.',
    todo: 'Load the service that is named, or remove it from relief.depends_on in castellan.toml.',
  },
  seat_failed: {
    message: 'A seat could not be loaded, or does not stay up.',
    todo: 'Look at its own log; `castellan explain` says why it was given up, and `castellan load SEAT` tries again.',
  },
  seat_hollow: {
    message: 'A seat runs and its model is gone from memory: what it answers is worth nothing.',
    todo: 'Release it or restart its service; nothing is restarted by itself.',
  },
  seat_doomed: {
    message: 'The program a seat was started from is gone: it serves, and its next start will fail.',
    todo: 'Put the file back (build or install it again) before the seat is restarted.',
  },
  seat_list_failing: {
    message: 'A seat that runs does not answer at its address.',
    todo: 'Look at `castellan health`: it names the address and what was said. Nothing is restarted by itself.',
  },
  seat_inference_failing: {
    message: 'A seat was asked to work and did not, or another model answered.',
    todo: 'See `castellan health` for what it said; it is a zombie if its list still answers. Nothing is restarted by itself.',
  },
  seat_unproven: {
    message:
      'For three quarters of an hour nobody knows whether a seat does its work: it was at work all the time, or nobody could ask.',
    todo: 'Ask it something yourself. Look at `castellan health`, and with `castellan doctor` whether the gateway runs.',
  },
  seat_files_failing: {
    message: 'The files of a seat’s next start are missing or not whole: it serves now, and its next start will fail.',
    todo: 'Put back what is named (build, install or sign it again) before the seat is restarted.',
  },
  seat_port_foreign: {
    message: 'The port of a seat is held by a program that is not its own: who answers there is not the seat.',
    todo: 'End the program that is named, or give one of the two another port; then start the seat’s service again.',
  },
  recovery_failed: {
    message: 'The recovery of a seat did not come to its end, or the seat does not do its work after it.',
    todo: 'Read which step failed and what it says is to be done; `castellan log` has each step. Nothing is tried again by itself.',
  },
  seat_use_unknown: {
    message: 'For half an hour it could not be told whether a seat is used, so it is not unloaded by itself.',
    todo: 'Release it (`castellan release SEAT`) or keep it; `castellan doctor` names what cannot be read.',
  },
  docker_unreachable: {
    message: 'Docker does not answer: nothing is known of containers.',
    todo: 'Start Docker, OrbStack or Colima, or name its socket in castellan.toml; nothing is stopped meanwhile.',
  },
  container_port_closed: {
    message: 'A container is up and its port of this machine is closed: nobody reaches it.',
    todo: 'Start the machine of the containers anew (`colima restart`, or OrbStack), or let containers.restart do it.',
  },
  container_restart_useless: {
    message: 'The machine of the containers was started anew three times and ports are closed again.',
    todo: 'It is not tried again. Look at its log, or move the containers to an engine that needs no forwards.',
  },
  keeper_stale: {
    message: 'The keeper does not advance: it hangs or starves.',
    todo: 'The deadman resumes what is frozen after 60 s and starts the keeper again; see the log for why.',
  },
  band_refused: {
    message: 'The kernel does not let Castellan set the band of a process.',
    todo: 'Run the keeper as root; until then the process keeps the band it has. It is tried again every ten minutes.',
  },
  band_contested: {
    message: 'Somebody else keeps changing the band of a process; it is left to them.',
    todo: 'Find the other tool and end it, or take the band out of castellan.toml; restart the process to try again.',
  },
  gpu_limit_refused: {
    message: 'The wired limit of the GPU could not be set.',
    todo: 'Run the keeper as root and look at the reason; models may be refused or paged out until the limit is as wanted.',
  },
  gpu_limit_contested: {
    message: 'Somebody else keeps changing the wired limit of the GPU; it is left to them.',
    todo: 'Find the script that sets iogpu.wired_limit_mb and end it, or take gpu.wired_limit out of castellan.toml.',
  },
  tombstone_retired: {
    message: 'A tombstone did not fit any process that runs, so nobody was signalled.',
    todo: 'Nothing needs doing; the process had ended, or its pid belongs to another one now.',
  },
} as const satisfies Readonly<Record<string, { readonly message: string; readonly todo: string }>>;

export type AlertKind = keyof typeof alertTable;

export const alertKinds = Object.keys(alertTable) as readonly AlertKind[];

export const isAlertKind = (name: string): name is AlertKind => Object.hasOwn(alertTable, name);
