/** Which TensorFlow.js backend computes, and for how long: the choice is global, so that it is given back after each use. */
import * as tf from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";

/** The backend that `@tensorflow/tfjs-node-gpu` registers. */
export const nodeBackendName = "tensorflow";

/** The backend that is active, if any was chosen yet. */
export const activeBackend = (): string | undefined => tf.engine().backendName as string | undefined;

/**
 * Starts a registered backend, and leaves the one active that was.
 *
 * @throws PavlovError where there is no such backend.
 */
export async function startBackend(name: string, previous: string | undefined = activeBackend()): Promise<void> {
  const isWorking = tf.findBackendFactory(name) !== null && (await tf.setBackend(name));
  if (!isWorking) {
    throw new PavlovError(`TensorFlow.js has no working backend "${name}"`, {
      hint: 'Use "cpu", "tensorflow" (needs @tensorflow/tfjs-node-gpu), or import the package that registers it first.',
    });
  }
  // The cpu backend advertises tfjs-node at its first tensor, which is no advice for users of this package.
  withoutWarnings(() => tf.zeros([1]).dispose());
  if (previous !== undefined) await tf.setBackend(previous);
}

/** Runs something while TensorFlow.js prints no warnings. */
export function withoutWarnings<T>(run: () => T): T {
  const before = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  try {
    return run();
  } finally {
    tf.env().set("PROD", before);
  }
}

/** Runs `work` on a backend that {@link startBackend} started. Nothing else can run meanwhile: `work` is synchronous. */
export function onBackend<T>(name: string, work: () => T): T {
  const previous = activeBackend();
  // A backend that was started is active when the call returns: its promise is for those that still have to start.
  if (previous !== name) void tf.setBackend(name);
  try {
    return work();
  } finally {
    if (previous !== undefined && previous !== name) void tf.setBackend(previous);
  }
}
