// The model before any training: weights drawn from a normal distribution, in Hugging Face names and layout, as a
// safetensors file (an eight-byte header length, a JSON header, then the tensors' bytes).
import { randomNumbers } from "./problems.mjs";

/** Name and shape of every tensor of a Llama with tied embeddings; linear weights are [out, in]. */
function tensorShapes(config) {
  const { vocab_size: vocabulary, hidden_size: hidden, intermediate_size: intermediate } = config;
  const shapes = [["model.embed_tokens.weight", [vocabulary, hidden]]];
  for (let layer = 0; layer < config.num_hidden_layers; layer += 1) {
    const prefix = `model.layers.${layer}`;
    shapes.push([`${prefix}.input_layernorm.weight`, [hidden]]);
    for (const name of ["q", "k", "v", "o"]) shapes.push([`${prefix}.self_attn.${name}_proj.weight`, [hidden, hidden]]);
    shapes.push([`${prefix}.post_attention_layernorm.weight`, [hidden]]);
    shapes.push([`${prefix}.mlp.gate_proj.weight`, [intermediate, hidden]]);
    shapes.push([`${prefix}.mlp.up_proj.weight`, [intermediate, hidden]]);
    shapes.push([`${prefix}.mlp.down_proj.weight`, [hidden, intermediate]]);
  }
  shapes.push(["model.norm.weight", [hidden]]);
  return shapes;
}

/** The bytes of `model.safetensors`: normal with deviation `initializer_range`, normalisation weights 1. */
export function untrainedWeights(config, seed) {
  const random = randomNumbers(seed);
  // The polar form's cosine half of Box and Muller; 1 - u is never 0.
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const header = { __metadata__: { format: "pt" } };
  const parts = [];
  let offset = 0;
  for (const [name, shape] of tensorShapes(config)) {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const values = Float32Array.from({ length: size }, () =>
      shape.length === 1 ? 1 : normal() * config.initializer_range,
    );
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
    parts.push(Buffer.from(values.buffer));
  }
  const json = JSON.stringify(header);
  const padded = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8, " "));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}
