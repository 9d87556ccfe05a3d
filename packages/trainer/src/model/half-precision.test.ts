import { expect, test } from "vitest";
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from "./half-precision.js";

const everyHalf = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);

test("every F16 and BF16 that is a number survives being widened and narrowed", () => {
  for (const [widen, narrow] of [
    [widenFloat16, narrowToFloat16],
    [widenBfloat16, narrowToBfloat16],
  ] as const) {
    const wide = new Float32Array(2 ** 16);
    widen(everyHalf, wide, 0);
    const back = new Uint16Array(2 ** 16);
    narrow(wide, back);
    expect(everyHalf.findIndex((bits) => !Number.isNaN(wide[bits]) && back[bits] !== bits)).toBe(-1);
    expect(wide.filter(Number.isNaN).length).toBe(back.filter((_, bits) => Number.isNaN(wide[bits])).length);
  }
});

test("a number between two F16 goes to the nearer one, halfway to the even one", () => {
  const wide = new Float32Array(2 ** 16);
  widenFloat16(everyHalf, wide, 0);
  const narrowed = new Uint16Array(1);
  const nearest = (value: number) => {
    narrowToFloat16(Float32Array.of(value), narrowed);
    return narrowed[0];
  };
  for (let bits = 0; bits < 0x7bff; bits += 13) {
    const [below, above] = [wide[bits] as number, wide[bits + 1] as number];
    expect(nearest(below + (above - below) * 0.49)).toBe(bits);
    expect(nearest(below + (above - below) * 0.51)).toBe(bits + 1);
    expect(nearest((below + above) / 2)).toBe(bits % 2 === 0 ? bits : bits + 1);
  }
});

test("the first number that F16 cannot hold is found", () => {
  expect(narrowToFloat16(Float32Array.of(1, 65_519, 65_520, Infinity), new Uint16Array(4))).toBe(2);
  expect(narrowToFloat16(Float32Array.of(1, -2), new Uint16Array(2))).toBe(-1);
});
