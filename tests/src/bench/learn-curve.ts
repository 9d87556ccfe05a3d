/** A run's learning curve: what it came to, whether that is what the peer reached, and how it is drawn. */
import type { Measurement } from "./measurement.js";

/** One optimizer step. */
export interface CurvePoint {
  readonly step: number;
  readonly reward: number | null;
  /** Mean score of each reward, by its name. */
  readonly rewards: Readonly<Record<string, number | null>>;
  readonly seconds: number;
}

/** What TRL reached with the same work. */
export interface PeerCurve {
  readonly firstFive: number;
  readonly lastTen: number;
  readonly seconds: number;
}

export interface LearningCurve {
  readonly example: string;
  readonly cpu: string;
  readonly threads: number;
  readonly points: readonly CurvePoint[];
  /** Mean reward of the first five steps. */
  readonly firstFive: number;
  /** Mean reward of the last ten. */
  readonly lastTen: number;
  /** From the command's start to its end. */
  readonly seconds: number;
  /** Of the held-out rows, where there are any: the measurement before and after, as the command writes it. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly peer?: PeerCurve;
}

/** Mean of the steps that were scored; NaN where none was. */
export const meanReward = (points: readonly CurvePoint[]): number => {
  const rewards = points.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  return rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
};

/** Distance from the peer's last steps that still counts as the same learning, and the most seconds of a run. */
const SAME_LEARNING = 0.05;
const MOST_SECONDS = 720;

/** The curve's figures, with bars where there is a peer. */
export const curveMeasurements = ({ example, firstFive, lastTen, seconds, peer }: LearningCurve): Measurement[] => [
  { name: `${example}: mean reward of the first 5 steps`, value: firstFive, unit: "" },
  { name: `${example}: mean reward of the last 10 steps`, value: lastTen, unit: "" },
  ...(peer === undefined
    ? []
    : [
        {
          name: `${example}: its distance from TRL's ${peer.lastTen}`,
          value: Math.abs(lastTen - peer.lastTen),
          unit: "",
          atMost: SAME_LEARNING,
        },
      ]),
  {
    name: `${example}: the whole run`,
    value: seconds,
    unit: "s",
    ...(peer === undefined ? {} : { atMost: MOST_SECONDS }),
  },
];

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [720, 360, 56, 16, 40, 44];
const COLORS = ["#1f4e9c", "#b3541e", "#2d7d46", "#7a3e9d", "#8a6d00"];

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** About four round values between two. */
const ticks = (lowest: number, highest: number): number[] => {
  const rough = (highest - lowest) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(lowest / step);
  return Array.from({ length: Math.floor(highest / step + 1e-9) - first + 1 }, (_, index) => (first + index) * step);
};

/** The total and, where there are several, each reward, step by step; the peer's means as dashed lines. */
export const drawCurve = ({ example, points, peer }: LearningCurve): string => {
  const names = Object.keys(points[0]?.rewards ?? {});
  const series: [name: string, values: readonly (number | null)[]][] = [
    ["reward", points.map(({ reward }) => reward)],
    ...(names.length < 2 ? [] : names).map((name): [string, (number | null)[]] => [
      name,
      points.map(({ rewards }) => rewards[name] ?? null),
    ]),
  ];
  const peerLines: [from: number, to: number, value: number][] =
    peer === undefined
      ? []
      : [
          [1, Math.min(5, points.length), peer.firstFive],
          [Math.max(1, points.length - 9), points.length, peer.lastTen],
        ];
  const all = [...series.flatMap(([, values]) => values), ...peerLines.map(([, , value]) => value)];
  const known = all.filter((value) => value !== null);
  const [least, most] = [Math.min(0, ...known), Math.max(0, ...known)];
  const [lowest, highest] = most > least ? [least, most] : [least, least + 1];
  const x = (step: number): string =>
    (LEFT + ((WIDTH - LEFT - RIGHT) * (step - 1)) / Math.max(1, points.length - 1)).toFixed(1);
  const y = (value: number): string =>
    (TOP + ((HEIGHT - TOP - BOTTOM) * (highest - value)) / (highest - lowest)).toFixed(1);
  const path = (values: readonly (number | null)[]): string =>
    values.flatMap((value, index) => (value === null ? [] : [`${x(index + 1)},${y(value)}`])).join(" ");
  const text = (left: number | string, top: number | string, anchor: string, content: string, color = "#444"): string =>
    `<text x="${left}" y="${top}" text-anchor="${anchor}" fill="${color}">${escape(content)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...ticks(lowest, highest).flatMap((value) => [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>`,
      text(LEFT - 8, Number(y(value)) + 4, "end", String(Number(value.toPrecision(3)))),
    ]),
    ...[1, points.length].map((step) => text(x(step), HEIGHT - BOTTOM + 20, "middle", String(step))),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "middle", `optimizer steps of ${example}`),
    ...peerLines.map(
      ([from, to, value]) =>
        `<line x1="${x(from)}" x2="${x(to)}" y1="${y(value)}" y2="${y(value)}" stroke="#c0392b" ` +
        'stroke-width="2" stroke-dasharray="5 4"/>',
    ),
    ...series.map(
      ([, values], index) =>
        `<polyline points="${path(values)}" fill="none" stroke="${COLORS[index % COLORS.length]}" ` +
        `stroke-width="${index === 0 ? 2.5 : 1.5}"/>`,
    ),
    ...series.map(([name], index) => text(LEFT + 110 * index, 22, "start", name, COLORS[index % COLORS.length])),
    ...(peer === undefined ? [] : [text(WIDTH - RIGHT, 22, "end", "TRL, first 5 and last 10 steps", "#c0392b")]),
    "</svg>",
    "",
  ].join("\n");
};
