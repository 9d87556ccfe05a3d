/**
 * Which nodes a graph keeps, and in which order. ONNX Runtime's default order starts from the nodes that nothing else
 * reads, the last-listed first, and computes before each of them what it needs. So the results come last here, in the
 * order of the program's keys: with gradients in the model's forward order, each layer's weight gradients run with that
 * layer's backward pass, and its activations can be freed at once.
 */
import type { OnnxNode } from "./onnx-writer.js";

/** The nodes that `outputs` need, in the order of recording, with those that produce only results moved to the end. */
export function orderNodes(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const needed = new Set<OnnxNode>();
  const pending = [...outputs];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = producers.get(name);
    if (node === undefined || needed.has(node)) continue;
    needed.add(node);
    pending.push(...node.inputs);
  }
  const kept = nodes.filter((node) => needed.has(node));
  const read = new Set(kept.flatMap((node) => node.inputs));
  const isResult = (node: OnnxNode) => node.outputs.every((output) => output === "" || !read.has(output));
  const results = new Set(outputs.flatMap((output) => producers.get(output) ?? []).filter(isResult));
  return [...kept.filter((node) => !results.has(node)), ...results];
}
