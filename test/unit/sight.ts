/**
 * Colours as eyes see them. Sources: sRGB transfer IEC 61966-2-1, luminance and contrast WCAG 2.2, Lab and ΔE*ab CIE 1976 (D65),
 * colour blindness Machado, Oliveira and Fernandes 2009 (severity 1, on linear RGB).
 */

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

export const sights = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const satisfies Readonly<Record<string, Matrix>>;
export type Sight = keyof typeof sights;

const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const each = (of: Triple, change: (value: number) => number): Triple => [change(of[0]), change(of[1]), change(of[2])];
const through = (matrix: Matrix, of: Triple): Triple => [dot(matrix[0], of), dot(matrix[1], of), dot(matrix[2], of)];

/** Linear light of `#rrggbb`, 0…1 a channel. */
const linear = (hex: string): Triple => {
  const value = Number.parseInt(hex.slice(1), 16);
  return each([(value >> 16) & 255, (value >> 8) & 255, value & 255], (part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
};

const luminance = (hex: string): number => dot([0.2126, 0.7152, 0.0722], linear(hex));

/** 1…21. */
export const contrast = (a: string, b: string): number => {
  const [one, other] = [luminance(a), luminance(b)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
};

const whiteXyz: Triple = [0.95047, 1, 1.08883];
const toXyz: Matrix = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];

const lab = (hex: string, sight: Sight): Triple => {
  const seen = each(through(sights[sight], linear(hex)), (value) => Math.min(1, Math.max(0, value)));
  const xyz = through(toXyz, seen);
  const [x, y, z] = each([xyz[0] / whiteXyz[0], xyz[1], xyz[2] / whiteXyz[2]], (share) =>
    share > 216 / 24389 ? Math.cbrt(share) : ((24389 / 27) * share + 16) / 116,
  );
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
};

/** ΔE*ab; about 2.3 is the least that is noticed side by side. */
export const distance = (a: string, b: string, sight: Sight): number => {
  const [one, other] = [lab(a, sight), lab(b, sight)];
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
};
