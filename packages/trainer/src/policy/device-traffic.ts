/** What crosses between memory and the policy's device in a step: the metrics of it, and the seconds to tell it from. */
import { trafficBetween, type Traffic } from "../engine/traffic.js";
import type { PolicyClient } from "./client.js";

/** Follows the traffic of one step. */
export interface TrafficWatch {
  /** False where the policy is computed in this machine's memory. */
  readonly isOnDevice: boolean;
  /**
   * Waits until the device has done what it was asked for. Seconds of transfers since the last call; 0 where nothing
   * crosses, or where they cannot be told apart.
   */
  lap(): Promise<number>;
  /**
   * `transfer/bytes_to_device`, `transfer/bytes_from_device` and `transfer/count` (tensors, both ways) since the watch
   * began, and `time/transfer` (seconds) where those are told. Nothing where the model is in this machine's memory.
   */
  metrics(): Readonly<Record<string, number>>;
}

/** Begins now. On the CPU it asks the policy's process nothing. */
export const watchTraffic = async (policy: Pick<PolicyClient, "info" | "usage">): Promise<TrafficWatch> => {
  const isOnDevice = policy.info.device !== "cpu";
  const now = async (): Promise<Traffic | undefined> => (isOnDevice ? (await policy.usage()).traffic : undefined);
  const begun = await now();
  let latest = begun;
  return {
    isOnDevice,
    async lap() {
      const before = latest;
      latest = await now();
      return before && latest ? (trafficBetween(before, latest).seconds ?? 0) : 0;
    },
    metrics() {
      if (!begun || !latest) return {};
      const { bytesToDevice, bytesFromDevice, crossings, seconds } = trafficBetween(begun, latest);
      return {
        "transfer/bytes_to_device": bytesToDevice,
        "transfer/bytes_from_device": bytesFromDevice,
        "transfer/count": crossings,
        ...(seconds === null ? {} : { "time/transfer": seconds }),
      };
    },
  };
};
