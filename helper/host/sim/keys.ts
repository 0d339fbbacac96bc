/** Everything `castellan sim set KEY VALUE` understands: form of the value, and what it does. A closed list. */
export const simKeys = {
  help: { form: '', does: 'lists these keys' },
  available: { form: 'SIZE|auto', does: 'holds available memory at SIZE by a process named ballast' },
  swap_used: { form: 'SIZE|auto', does: 'swap in use; files of 1 GB grow to hold it' },
  swap_total: { form: 'SIZE|auto', does: 'size of all swap files' },
  swap_limit: { form: 'SIZE', does: 'disk room for swap files' },
  kernel_level: { form: '1|2|4|auto', does: 'what the kernel says its pressure level is' },
  footprint: { form: 'NAME SIZE [in SECONDS s]', does: 'grows or shrinks a process' },
  leak: { form: 'NAME SIZE/s', does: 'makes a process leak; 0 MB/s ends it' },
  free: { form: 'NAME SIZE', does: 'makes a process give memory back' },
  spawn: { form: 'NAME SIZE', does: 'starts a process' },
  kill: { form: 'NAME', does: 'ends a process at once' },
  signal: { form: 'NAME STOP|CONT|TERM|KILL', does: 'signals a process as somebody else would' },
  service: { form: 'LABEL up|down', does: 'bootstraps or boots out a launchd job' },
  server: {
    form: 'SEAT ok|hangs|never_ready|hollow|no_executable|exits CODE',
    does: 'how the server of a seat behaves; exits and no_executable from its next start',
  },
  clients: { form: 'SEAT COUNT [SIZE/s]', does: 'who is connected to the port of a seat, and what moves' },
  drain: { form: 'SEAT TIME|never|auto', does: 'how long its orderly end takes after TERM' },
  return_rate: { form: 'SIZE/s|auto', does: 'how fast the memory of a process that ended comes back' },
  band: { form: 'SEAT BAND', does: 'sets a jetsam band as somebody else would' },
  gpu_limit: { form: 'SIZE|auto', does: 'what the GPU may hold wired; auto: the system decides' },
  port_traffic: { form: 'shown|hidden', does: 'whether the kernel tells of traffic at ports' },
  wired_leak: { form: 'PERCENT', does: 'share of wired memory that stays wired when a process is killed' },
  sensor: { form: 'SENSOR ok|zero|constant|refused|implausible', does: 'makes a sensor fail' },
  scenario: { form: 'NAME', does: 'starts over with another machine' },
} as const satisfies Readonly<Record<string, { readonly form: string; readonly does: string }>>;

export type SimKey = keyof typeof simKeys;

export const isSimKey = (key: string): key is SimKey => Object.hasOwn(simKeys, key);
