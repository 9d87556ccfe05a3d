/** The trainer's devices, known also where the trainer is not installed. */
import type { Device } from "@pavlov/trainer";

export const devices = ["auto", "cpu", "webgpu", "cuda", "tfjs-node-gpu"] as const satisfies readonly Device[];
