/**
 * Counts and times what a transfer moves. A device works while this thread goes on, so that reading a value waits for all
 * that was asked for before: that wait is taken first and counts as computing, or as moving where only values moved.
 */
import type { Tensor } from "onnxruntime-node";
import type { TrafficMeter } from "../traffic.js";
import type { Transfer } from "./device-buffer.js";

/** What moves values to and from a device, and frees its sessions in the end. */
interface OwnedTransfer extends Transfer {
  dispose(): void;
}

export interface MeteredTransfer extends OwnedTransfer {
  /** Tells that a program was asked of the device. */
  computes(): void;
  /** Waits until the device has done all that it was asked for. */
  settle(): Promise<void>;
}

/** The same transfer, which tells `meter`. */
export function meteredTransfer(transfer: OwnedTransfer, meter: TrafficMeter): MeteredTransfer {
  let pending: "nothing" | "moves" | "work" = "nothing";
  /** One number on the device: what reads it has waited for everything before. */
  let mark: Tensor | null = null;
  const moves = (): void => {
    if (pending === "nothing") pending = "moves";
  };
  const timed = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const started = performance.now();
    const result = await work();
    meter.took((performance.now() - started) / 1000);
    return result;
  };
  const settle = async (): Promise<void> => {
    if (pending === "nothing") return;
    const waitsFor = pending;
    pending = "nothing";
    mark ??= await transfer.upload(new Float32Array(1), [1], "float32");
    const ofAll = mark;
    const wait = () => transfer.download(ofAll, "float32");
    await (waitsFor === "moves" ? timed(wait) : wait());
  };
  return {
    upload(data, shape, dtype) {
      moves();
      meter.sent(data.byteLength);
      return timed(() => transfer.upload(data, shape, dtype));
    },
    overwrite(tensor, data, dtype) {
      moves();
      meter.sent(data.byteLength);
      return timed(() => transfer.overwrite(tensor, data, dtype));
    },
    async download(tensor, dtype) {
      await settle();
      const data = await timed(() => transfer.download(tensor, dtype));
      meter.fetched(data.byteLength);
      return data;
    },
    computes() {
      pending = "work";
    },
    settle,
    dispose() {
      mark?.dispose();
      mark = null;
      transfer.dispose();
    },
  };
}
