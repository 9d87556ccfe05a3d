/** What a GPU's failures mean to a user. ONNX Runtime and its WebGPU implementation, Dawn, say them in their own words. */
import { errorMessage, PavlovError } from "@pavlov/core";

const NO_ADAPTER = /failed to get a webgpu adapter|no supported adapters/i;
/** A buffer that could not be made is told by the first command that uses it. */
const NO_MEMORY =
  /out_of_(?:device|host)_memory|allocation size too large|\[invalid buffer|cuda(?:_error)?.{0,20}out of memory|bfc_arena|\boom when allocating\b/i;
/** The second is an operator of ONNX Runtime's that cannot cut a buffer into parts that are bound. */
const TOO_LARGE = /exceeds the max(?:imum)? buffer size|raw_hash_map<>::at|exceeding maxstoragebufferbindingsize/i;
const LOST = /device\]? (?:is|was) lost|device_lost|devicelost|device error\(\d\): .*lost/i;
/** cudaErrorInsufficientDriver, cudaErrorNoDevice, and the mismatches of a system and its driver. */
const NO_CUDA_DEVICE = /cuda failure (?:35|100|803|804)\b/i;
const NO_CUDA = /providers?_?cuda|onnxruntime_providers_shared|ExecutionProvider_Cuda/i;

const vulkan =
  process.platform === "linux"
    ? "Install the GPU's Vulkan driver and its loader (Debian and Ubuntu: libvulkan1, and mesa-vulkan-drivers or NVIDIA's own)"
    : "Update the GPU's driver";

const lower =
  "Lower perDeviceTrainBatchSize (and raise gradientAccumulationSteps) or maxCompletionLength, set " +
  "gradientCheckpointing, train an adapter (lora), take a smaller model, or choose device: cpu. A training goes on from " +
  "its last checkpoint, if it has one, with --resume.";

/** Where such an error came from. */
export interface DeviceWork {
  /** `webgpu`, `cuda`. */
  readonly device: string;
  /** What was being done: "running the program train". */
  readonly doing: string;
}

/** A failure of the device as a sentence for the user; other errors come back as they are. */
export function explainDeviceError(error: unknown, { device, doing }: DeviceWork): unknown {
  if (PavlovError.isInstance(error)) return error;
  const message = errorMessage(error);
  const explain = (text: string, hint: string) => new PavlovError(text, { hint, cause: error });
  if (LOST.test(message)) {
    // Dawn takes a device for lost, and says no more, also where the driver lacks memory for what it does itself.
    return explain(
      `The GPU was lost while ${doing}: its driver was reset or ran out of memory, or the GPU was taken away.`,
      "A training goes on from its last checkpoint, if it has one, with --resume. Where it happens again, update the " +
        "driver, lower perDeviceTrainBatchSize or maxCompletionLength, or choose device: cpu.",
    );
  }
  if (NO_ADAPTER.test(message)) {
    return explain(
      "There is no GPU that can be used here: no driver offers one.",
      `${vulkan}; \`pavlov doctor\` says what is missing. device: cpu needs none, and device: auto takes what works.`,
    );
  }
  if (TOO_LARGE.test(message)) {
    return explain(`A tensor is larger than this GPU lets a program's buffers be (while ${doing}).`, lower);
  }
  if (NO_MEMORY.test(message)) {
    return explain(`The GPU's memory is not enough (while ${doing}).`, lower);
  }
  if (device === "cuda" && NO_CUDA_DEVICE.test(message)) {
    return explain(
      "CUDA has no GPU to compute on here: NVIDIA's driver is missing or older than this CUDA, or sees no GPU.",
      "`nvidia-smi` shows GPUs and the newest CUDA that the driver knows. device: webgpu needs no CUDA.",
    );
  }
  if (device === "cuda" && NO_CUDA.test(message)) {
    return explain(
      "ONNX Runtime's CUDA provider cannot be loaded: it is not installed, or it lacks a library, which ONNX Runtime named.",
      "On Linux (x64) `node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12` fetches " +
        "it, and it needs CUDA 12 and cuDNN 9; docs/devices.md has another way. device: webgpu runs on NVIDIA's GPUs too " +
        "and needs none of this.",
    );
  }
  return error;
}
