// A day of samples, one every 2 s, drawn through keyframes, and its columns by the rule of helper/protocol/status.ts.
const codes = [
  ...['absent', 'admitting', 'starting', 'loading', 'ready', 'busy', 'idle', 'draining', 'frozen', 'failed'],
  ...['hollow', 'doomed'],
];
const stepMs = 2000;
const count = 43_200;
const rangeMs = { '15m': 900_000, '1h': 3_600_000, '6h': 21_600_000, '24h': 86_400_000 };
const tiers = ['wired', 'compressed', 'app', 'cached', 'free'];
const others = ['swapUsed', 'level', 'kernelLevel', 'growth', 'reserveLine'];

/**
 * `keyframes`: oldest first, each with `agoSeconds` and any of wired, compressed, app, cached, swapUsed, level,
 * kernelLevel, growth, reserveLine (bytes). Values run straight from one to the next; levels jump. `gaps`: spans without
 * samples, in seconds ago. Nothing lies before the first keyframe.
 */
exports.samplesOf = ({ totalBytes, nowMs, keyframes, gaps, seats = {} }) => {
  const arrays = Object.fromEntries(
    [...tiers, ...others].map((name) => [name, new Float64Array(count).fill(Number.NaN)]),
  );
  let frame = 0;
  for (let index = 0; index < count; index++) {
    const ago = ((count - 1 - index) * stepMs) / 1000;
    if (ago > keyframes[0].agoSeconds) continue;
    while (frame + 1 < keyframes.length && keyframes[frame + 1].agoSeconds >= ago) frame++;
    if (gaps.some((gap) => ago <= gap.from && ago >= gap.to)) continue;
    const [a, b] = [keyframes[frame], keyframes[frame + 1] ?? keyframes[frame]];
    const span = a.agoSeconds - b.agoSeconds;
    const share = span === 0 ? 0 : (a.agoSeconds - ago) / span;
    const between = (name) => (a[name] == null ? Number.NaN : a[name] + ((b[name] ?? a[name]) - a[name]) * share);
    // A little movement, so that the picture is that of a living machine.
    const wave = Math.sin(index / 7) * 0.06 + Math.sin(index / 61) * 0.12;
    let sum = 0;
    for (const name of tiers.slice(0, 4)) {
      const value = Math.max(0, between(name) + (name === 'app' ? wave : name === 'cached' ? -wave / 2 : 0) * 2 ** 30);
      arrays[name][index] = value;
      sum += value;
    }
    arrays.free[index] = Math.max(0, totalBytes - sum);
    for (const name of ['swapUsed', 'growth', 'reserveLine']) arrays[name][index] = between(name);
    for (const name of ['level', 'kernelLevel']) arrays[name][index] = a[name] ?? Number.NaN;
  }
  return { totalBytes, nowMs, arrays, seats };
};

const column = (values) => Array.from(values, (value) => (Number.isNaN(value) ? null : value));

exports.historyOf = ({ totalBytes, nowMs, arrays, seats }, range, columns) => {
  const wanted = Math.round(rangeMs[range] / stepMs);
  const start = count - wanted;
  const out = Object.fromEntries(
    [...tiers, ...others].map((name) => [name, new Float64Array(columns).fill(Number.NaN)]),
  );
  for (let at = 0; at < columns; at++) {
    const from = start + Math.floor((at * wanted) / columns);
    const to = start + Math.floor(((at + 1) * wanted) / columns);
    let best = -1;
    for (let index = from; index < to; index++) {
      if (Number.isNaN(arrays.wired[index])) continue;
      const held = arrays.wired[index] + arrays.compressed[index];
      if (best < 0 || held > arrays.wired[best] + arrays.compressed[best]) best = index;
      for (const name of ['swapUsed', 'level', 'kernelLevel', 'growth']) {
        if (!(out[name][at] >= arrays[name][index])) out[name][at] = arrays[name][index];
      }
      out.reserveLine[at] = arrays.reserveLine[index];
    }
    if (best >= 0) for (const name of tiers) out[name][at] = arrays[name][best];
  }
  return {
    range,
    fromMs: nowMs - rangeMs[range],
    columnMs: rangeMs[range] / columns,
    totalBytes,
    tiers: Object.fromEntries(tiers.map((name) => [name, column(out[name])])),
    swapUsedBytes: column(out.swapUsed),
    level: column(out.level),
    kernelLevel: column(out.kernelLevel),
    compressorGrowthBytesPerSecond: column(out.growth),
    reserveLineBytes: column(out.reserveLine),
    seats: Object.entries(seats).map(([name, states]) => {
      const held = Array.from({ length: columns }, (_, at) => {
        const ago = ((columns - at - 0.5) / columns) * (rangeMs[range] / 1000);
        return Number.isNaN(out.level[at]) ? undefined : states.findLast(({ agoSeconds }) => agoSeconds >= ago);
      });
      return {
        name,
        state: held.map((each) => (each === undefined ? null : codes.indexOf(each.state))),
        footprintBytes: held.map((each) => each?.footprintBytes ?? null),
      };
    }),
  };
};
