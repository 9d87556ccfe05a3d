import type { TrainEvent } from "@pavlov/trainer";
import { describe, expect, test } from "vitest";
import { chooseColors } from "./colors.js";
import { listen, type Loudness } from "./listener.js";
import type { Screen } from "./screen.js";

const plain = chooseColors({ wanted: false, isTerminal: false, environment: {} });

/** A screen that keeps what is printed. */
function recorder(isLive: boolean): Screen & { printed: string[]; complaints: string[]; drawn: () => string } {
  const printed: string[] = [];
  const complaints: string[] = [];
  let line = (): string => "";
  return {
    ...{ printed, complaints, isLive, colors: plain, errorColors: plain },
    drawn: () => line(),
    width: () => 79,
    print: (text = "") => printed.push(text),
    complain: (text) => complaints.push(text),
    live: (next) => (line = next),
    settle: () => (line = () => ""),
    flush: () => Promise.resolve(),
  };
}

const step = (number: number): TrainEvent => ({
  ...{ type: "step", step: number, maxSteps: 100, tokensPerSecond: 1000, secondsLeft: 100 - number },
  metrics: { reward: number / 100, "rewards/correct/mean": 0.5, entropy: 0.1 },
});
const events: readonly TrainEvent[] = [
  {
    type: "start",
    method: "grpo",
    parameters: 799_872,
    rows: 4000,
    maxSteps: 100,
    engine: "onnxruntime",
    device: "cpu",
    loadSeconds: 1,
    output: "r",
  },
  { type: "note", message: "The loss prints as 0 at first." },
  { type: "warning", message: "Half of the groups have no deviation." },
  ...Array.from({ length: 100 }, (_, index) => step(index + 1)),
];

function show(loudness: Loudness, isLive = false) {
  const screen = recorder(isLive);
  const { onEvent, progress } = listen(screen, loudness, () => 0);
  for (const event of events) onEvent(event);
  return { ...screen, progress: progress() };
}

describe("without a terminal", () => {
  test("prints some twenty plain lines, the first and the last step among them", () => {
    const { printed, complaints } = show("normal");
    const lines = printed.filter((line) => line.startsWith("step"));
    expect(lines[0]).toContain("step 1/100");
    expect(lines.at(-1)).toContain("step 100/100");
    expect(lines.length).toBe(21);
    expect(printed).toContain("note: The loss prints as 0 at first.");
    expect(complaints).toEqual(["warning: Half of the groups have no deviation."]);
  });
});

describe("on a terminal", () => {
  test("draws one line and prints no steps", () => {
    const { printed, drawn } = show("normal", true);
    expect(printed.filter((line) => line.startsWith("step"))).toEqual([]);
    expect(drawn()).toContain("100/100");
  });
});

test("with --json every event is an object on standard output, and nothing else is there", () => {
  const { printed, complaints } = show("json");
  expect(printed.map((line) => JSON.parse(line))).toEqual(events);
  expect(complaints).toEqual([]);
});

test("a device is told once, and the CPU is not", () => {
  const screen = recorder(false);
  const { onEvent } = listen(screen, "normal", () => 0);
  for (const device of ["cpu", "webgpu", "webgpu"])
    onEvent({ type: "device", device, engine: `onnxruntime ${device}` });
  expect(screen.printed).toEqual(["computing on webgpu"]);
});

test("with --quiet only warnings are shown", () => {
  const { printed, complaints } = show("quiet", true);
  expect(printed).toEqual([]);
  expect(complaints).toHaveLength(1);
});

test("keeps the mean reward of each step for the curve", () => {
  expect(show("normal").progress.history).toHaveLength(100);
});

describe("progress inside a step with --json", () => {
  const inside = (number: number, phase: "generate" | "train", done: number): TrainEvent => ({
    ...{ type: "progress", maxSteps: 2, total: 100, step: number },
    ...{ phase, done },
  });

  test("comes twice a second, and always with the last of each phase", () => {
    const screen = recorder(false);
    let now = 0;
    const { onEvent, settle } = listen(screen, "json", () => now);
    // A completion each 10 milliseconds: 100 in the first second, of which three are told.
    for (let done = 1; done <= 100; done += 1, now += 10) onEvent(inside(1, "generate", done));
    onEvent(inside(1, "train", 1));
    onEvent(step(1));
    onEvent(inside(2, "generate", 7));
    settle();
    const printed = screen.printed.map((line) => {
      const { type, phase, done } = JSON.parse(line) as { type: string; phase?: string; done?: number };
      return type === "progress" ? `${phase} ${done}` : type;
    });
    expect(printed).toEqual(["generate 1", "generate 51", "generate 100", "train 1", "step", "generate 7"]);
  });
});

describe("a download", () => {
  const arrived = (file: string, bytes: number): TrainEvent => ({
    ...{ type: "download", repository: "acme/tiny", file, bytes, total: 100 },
    ...{ allBytes: bytes, allTotal: 100 },
  });

  test("is a live line on a terminal, and one line of text once it is over", () => {
    const screen = recorder(true);
    const { onEvent, settle } = listen(screen, "normal", () => 0);
    onEvent(arrived("model.safetensors", 40));
    expect(screen.drawn()).toContain("40 of 100 B");
    expect(screen.printed).toEqual([]);
    onEvent(arrived("model.safetensors", 100));
    settle();
    expect(screen.printed).toEqual(["downloaded acme/tiny (100 B in 0 s)"]);
    expect(screen.drawn()).toBe("");
  });

  test("is a line each ten seconds in a log", () => {
    const screen = recorder(false);
    let now = 0;
    const { onEvent, settle } = listen(screen, "normal", () => now);
    for (; now <= 25_000; now += 1000) onEvent(arrived("model.safetensors", now / 250));
    settle();
    expect(screen.printed.map((line) => line.split(":")[0])).toEqual([
      "downloading acme/tiny",
      "downloading acme/tiny",
      "downloading acme/tiny",
      "downloaded acme/tiny (100 B in 25 s)",
    ]);
  });

  test("is events with --json, twice a second for each file and always with its last, and nothing with --quiet", () => {
    const screen = recorder(false);
    let now = 0;
    const { onEvent } = listen(screen, "json", () => now);
    for (let bytes = 1; bytes <= 100; bytes += 1, now += 10) {
      onEvent(arrived("a", bytes));
      onEvent(arrived("b", bytes));
    }
    const told = screen.printed.map((line) => JSON.parse(line) as { file: string; bytes: number });
    expect(told.map(({ file, bytes }) => `${file} ${bytes}`)).toEqual(["a 1", "b 1", "a 51", "b 51", "a 100", "b 100"]);
    const silent = recorder(true);
    listen(silent, "quiet", () => 0).onEvent(arrived("a", 1));
    expect([silent.printed, silent.complaints, silent.drawn()]).toEqual([[], [], ""]);
  });
});
