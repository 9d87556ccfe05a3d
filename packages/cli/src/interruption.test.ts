import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { interruptible, type SignalTarget } from "./interruption.js";

class Target extends EventEmitter implements SignalTarget {
  readonly pid = 42;
  readonly killed: [number, string][] = [];
  kill(pid: number, signal: string): true {
    this.killed.push([pid, signal]);
    return true;
  }
}

describe("Ctrl-C", () => {
  test("asks the work to stop the first time, and says so", () => {
    const target = new Target();
    let told = 0;
    const interruption = interruptible({ onFirst: () => (told += 1) }, target);
    expect(interruption.exitCode()).toBeUndefined();
    target.emit("SIGINT", "SIGINT");
    expect(interruption.signal.aborted).toBe(true);
    expect([told, target.killed]).toEqual([1, []]);
    expect(interruption.exitCode()).toBe(130);
  });
  test("ends the process by the signal's own action the second time", () => {
    const target = new Target();
    let left = "";
    interruptible({ onFirst() {}, onSecond: () => (left += `settled before ${target.killed.length} kills`) }, target);
    target.emit("SIGINT", "SIGINT");
    target.emit("SIGINT", "SIGINT");
    expect(left).toBe("settled before 0 kills");
    expect(target.killed).toEqual([[42, "SIGINT"]]);
    expect(target.listenerCount("SIGINT")).toBe(0);
  });
  test("has another exit code than SIGTERM", () => {
    const target = new Target();
    const interruption = interruptible({ onFirst() {} }, target);
    target.emit("SIGTERM", "SIGTERM");
    expect(interruption.exitCode()).toBe(143);
  });
});

test("an output that nobody reads stops the work without an exit code of its own", () => {
  const interruption = interruptible({ onFirst() {} }, new Target());
  interruption.stop();
  expect(interruption.signal.aborted).toBe(true);
  expect(interruption.exitCode()).toBeUndefined();
});

test("releasing leaves no handler behind", () => {
  const target = new Target();
  interruptible({ onFirst() {} }, target).release();
  expect([target.listenerCount("SIGINT"), target.listenerCount("SIGTERM")]).toEqual([0, 0]);
});
