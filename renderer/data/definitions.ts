/**
 * What each figure means, once for all pages: shown while the pointer rests on it, and read to who asks a screen reader to
 * describe it. A sentence or two; the second says what it is good for, or what it is taken for by mistake.
 */
export const definitions = {
  available:
    'Free memory plus cached memory that can be dropped at once. What a new load can have before anything is compressed.',
  level:
    'How short memory is, by what is available, by swap and by the kernel’s own level: the worst of the three counts.',
  kernel_level:
    'The pressure level as the kernel reports it: normal, warning or critical. macOS has no value between the last two.',
  wired: 'Memory the kernel may neither compress nor swap out: its own, and what the GPU holds for models.',
  compressed: 'Memory the kernel has packed because it was short. It still takes this much room.',
  app: 'Memory in use by programs that could be compressed or swapped out.',
  cached: 'Copies of files that can be dropped at once.',
  free: 'Memory nobody uses.',
  reserve:
    'Installed memory less what protected seats may still grow by. Use above this line means a declared peak no longer fits.',
  headroom_bands:
    'Where levels begin by available memory, hanging from the top: use that reaches one begins its level.',
  swap: 'Memory moved to disk. The total grows with the swap files, so a share of it alone says little.',
  swap_traffic:
    'What is moved to and from disk now. Steady traffic makes a machine slow; a filled swap at rest does not.',
  compressor_growth:
    'Mean growth of the compressor over 30 seconds. Above 100 MB/s for long, memory runs out within minutes.',
  fill_rate: 'How fast available memory falls; negative when it rises.',
  kernel_distance:
    'What may still be compressed before the kernel itself warns: it does when compressed pages are half of all that are not wired.',
  time_to_warn:
    'The distance to the kernel’s warning over the median rate of the last 30 seconds. A prediction, not a promise.',
  next_victim:
    'Whom macOS ends first when compressor and swap are full: the process with more than half of all that is compressed, whatever its band.',
  footprint:
    'What the kernel charges to a process: its own memory, also what is compressed, swapped out or held by the GPU. macOS limits and ends by this figure.',
  rss: 'Resident size: pages in RAM now, also shared ones. It leaves out what is compressed, swapped out or held by the GPU, so it misses most of a loaded model.',
  rss_share: 'RSS over footprint. Under a tenth, a tool that reads RSS does not see this process.',
  growth: 'Change of the footprint since the pass before, a second.',
  peak_footprint: 'Highest footprint since the process started, as the kernel recorded it.',
  compressed_share: 'What of the footprint is in the compressor or in swap.',
  declared_peak:
    'What castellan.toml says the seat may need. It is kept for it: always when protected, else while it runs.',
  measured_peak: 'Highest footprint of the seat’s present run.',
  proposed_peak: 'Highest footprint over all its runs, more than was declared: declare this.',
  seat_wired: 'What the seat holds wired, against what castellan.toml declares.',
  band: 'Jetsam band of the process. It decides who goes when the kernel runs out of zone memory, not when RAM runs out.',
  events: 'What Castellan did, asked or was told, at the time it happened. In a dry run: what it would have done.',
  in_flight: 'Requests the gateway has handed to the seat and that have not been answered.',
  starts: 'How often the seat was started in the last hour.',
  state_time: 'How long the seat has been in this state.',
  process_state: 'As the kernel says: running, sleeping, stopped (frozen) or ended and not yet collected.',
  processes: 'Processes on this machine, whether or not they are listed.',
  keeper_cpu: 'Share of one core the keeper used over the last minute.',
  level_then: 'How short memory was when the row was written. Rows of older keepers do not say.',
  plan_result: 'Why it was planned and what it was to do; then what was measured.',
  measured_effect:
    'Whether it moved the figure it was for by at least half of what was expected, measured within two minutes. After two that did not, the target is left alone.',
  freeze_floor: 'Smaller footprints are left alone. Of a group, the sum counts.',
  kill_floor: 'No end is proposed below this footprint.',
  matches_now:
    'Processes that belong to the rule now: its pattern is found in their command line, and no earlier rule has them.',
  gate_observed:
    'Time in dry run with sensors that work, since the last plan that was marked as wrong. Going live is offered after six hours.',
  config_default: 'What holds when the file leaves it out. Rules and seats have no values that fit every file.',
  config_place: 'The line of the file that says so. What is not written holds by default.',
  sum_total: 'Memory installed in this machine.',
  sum_claim:
    'What is kept for this seat and given to no other: its declared peak, or what it holds where that is more.',
  sum_other: 'Use of everything that is no seat, as measured now.',
  sum_left: 'What a seat may need at most to be loaded now.',
  seat_verdict: 'What the three channels say together. A verdict starts or ends nothing.',
  strikes: 'Failures in a row. Only a success takes them back; at the limit the channel counts as failed.',
  reading_age:
    'Time since the last reading of the keeper. It reads every two seconds; an age is told once one is late.',
} as const satisfies Readonly<Record<string, string>>;

export type Figure = keyof typeof definitions;

/** Id of the hidden text that `aria-describedby` names. */
export const definitionId = (figure: Figure): string => `definition-${figure}`;
