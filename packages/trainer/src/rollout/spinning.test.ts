import { expect, test } from "vitest";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { spinningRace, createSpinningTrial } from "./spinning.js";

/** Which program each run took, where a run takes as long as told. */
function runs(favourite: boolean, count: number, milliseconds: (spins: boolean, run: number) => number): boolean[] {
  const race = spinningRace(favourite);
  return Array.from({ length: count }, (_, run) => {
    const spins = race.next();
    race.took(milliseconds(spins, run));
    return spins;
  });
}

test("both take turns before the faster one stays", () => {
  const taken = runs(true, 14, (spins) => (spins ? 5 : 4));
  expect(taken.slice(0, 10).filter(Boolean)).toHaveLength(5);
  expect(taken.slice(10)).toEqual([false, false, false, false]);
});

test("the first run of each does not count, nor does a single slow one", () => {
  const slow = (spins: boolean, run: number) => (run < 2 || run === 4 ? 1000 : spins ? 4 : 5);
  expect(runs(false, 12, slow).slice(10)).toEqual([true, true]);
});

test("a race that is cut short decides nothing", () => {
  const race = spinningRace(true);
  race.next();
  race.took(1);
  expect(race.isOver).toBe(false);
});

test("a trial on small products remembers what it finds", async () => {
  const engine = await createOnnxRuntimeEngine({ threads: 1 });
  const habit = { spins: true };
  const trial = await createSpinningTrial(engine);
  expect(await trial.run(habit)).toBe(habit.spins);
  trial.dispose();
  engine.dispose();
});
