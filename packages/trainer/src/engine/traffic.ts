/**
 * What crosses between this thread's memory and a device: bytes each way, and the seconds of what crosses by itself. A
 * run's own inputs and results cross within it, so that of them only bytes are known.
 */
import type { Buffers } from "./engine.js";

/** Totals since an engine was made. */
export interface Traffic {
  readonly bytesToDevice: number;
  readonly bytesFromDevice: number;
  /** Tensors that crossed, both ways together. */
  readonly crossings: number;
  /**
   * Of values that crossed outside of runs, from the call until the device, or this thread, had them. Null where nothing
   * does, or where moving cannot be told from computing.
   */
  readonly seconds: number | null;
}

/** What has crossed between two moments. */
export const trafficBetween = (before: Traffic, after: Traffic): Traffic => ({
  bytesToDevice: after.bytesToDevice - before.bytesToDevice,
  bytesFromDevice: after.bytesFromDevice - before.bytesFromDevice,
  crossings: after.crossings - before.crossings,
  seconds: before.seconds === null || after.seconds === null ? null : after.seconds - before.seconds,
});

/** Adds up what crosses. */
export class TrafficMeter {
  #total: Traffic;

  /** `isTimed` says that transfers outside of runs are told with their seconds. */
  constructor({ isTimed }: { readonly isTimed: boolean }) {
    this.#total = { bytesToDevice: 0, bytesFromDevice: 0, crossings: 0, seconds: isTimed ? 0 : null };
  }

  get total(): Traffic {
    return this.#total;
  }

  /** A tensor of so many bytes came to the device. */
  sent(bytes: number): void {
    const { bytesToDevice, crossings } = this.#total;
    this.#total = { ...this.#total, bytesToDevice: bytesToDevice + bytes, crossings: crossings + 1 };
  }

  /** A tensor of so many bytes came from the device. */
  fetched(bytes: number): void {
    const { bytesFromDevice, crossings } = this.#total;
    this.#total = { ...this.#total, bytesFromDevice: bytesFromDevice + bytes, crossings: crossings + 1 };
  }

  /** So many seconds went into transfers alone. */
  took(seconds: number): void {
    if (this.#total.seconds !== null) this.#total = { ...this.#total, seconds: this.#total.seconds + seconds };
  }

  /** Of a run's inputs, those in memory came to the device. */
  fed(buffers: Buffers, names: readonly string[]): void {
    for (const name of names) {
      const data = buffers[name]?.data ?? null;
      if (data !== null) this.sent(data.byteLength);
    }
  }

  /** Of a run's results and targets, those in memory came from the device. */
  gave(buffers: Buffers): void {
    for (const { data } of Object.values(buffers)) if (data !== null) this.fetched(data.byteLength);
  }
}
