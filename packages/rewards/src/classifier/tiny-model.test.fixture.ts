// Text classifiers of a few numbers, written as the ONNX files and tokenizers that real ones have.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import protobuf from "protobufjs";

/** The part of onnx.proto that the models need. */
const onnx = protobuf.parse(
  `
  syntax = "proto3";
  message ModelProto { int64 ir_version = 1; GraphProto graph = 7; repeated OperatorSet opset_import = 8; }
  message OperatorSet { string domain = 1; int64 version = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfo input = 11; repeated ValueInfo output = 12;
  }
  message NodeProto { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated Attribute attribute = 5; }
  message Attribute { string name = 1; int64 i = 3; int32 type = 20; }
  message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message ValueInfo { string name = 1; TypeProto type = 2; }
  message TypeProto { TensorType tensor_type = 1; }
  message TensorType { int32 elem_type = 1; Shape shape = 2; }
  message Shape { repeated Dimension dim = 1; }
  message Dimension { int64 dim_value = 1; string dim_param = 2; }
`,
  { keepCase: true },
).root;

const FLOAT = 1;
const INT64 = 7;

const words = ["[PAD]", "[UNK]", "good", "bad", "question", "[user]", "[assistant]"] as const;

export interface TinyModel {
  /** What each word adds to each output. */
  readonly weights: Readonly<Partial<Record<(typeof words)[number], readonly number[]>>>;
  readonly labels: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly chatTemplate?: string;
}

/** The sum of the weights of a text's words: [batch, words] → [batch, labels]. */
function modelBytes({ weights, labels }: TinyModel): Uint8Array {
  const table = Float32Array.from(words.flatMap((word) => labels.map((_, index) => weights[word]?.[index] ?? 0)));
  const value = (name: string, elem_type: number, ...dims: (string | number)[]) => {
    const dim = dims.map((size) => (typeof size === "string" ? { dim_param: size } : { dim_value: size }));
    return { name, type: { tensor_type: { elem_type, shape: { dim } } } };
  };
  const integers = (name: string, numbers: readonly bigint[]) => {
    const raw_data = new Uint8Array(BigInt64Array.from(numbers).buffer);
    return { name, dims: [numbers.length], data_type: INT64, raw_data };
  };
  const node = (op_type: string, input: string[], output: string, attribute: object[] = []) => ({
    op_type,
    input,
    output: [output],
    attribute,
  });
  const graph = {
    name: "tiny",
    input: [value("input_ids", INT64, "batch", "length"), value("attention_mask", INT64, "batch", "length")],
    output: [value("logits", FLOAT, "batch", labels.length)],
    initializer: [
      { name: "table", dims: [words.length, labels.length], data_type: FLOAT, raw_data: new Uint8Array(table.buffer) },
      integers("last", [2n]),
      integers("middle", [1n]),
    ],
    node: [
      node("Gather", ["table", "input_ids"], "found"),
      node("Cast", ["attention_mask"], "mask", [{ name: "to", i: FLOAT, type: 2 }]),
      node("Unsqueeze", ["mask", "last"], "column"),
      node("Mul", ["found", "column"], "kept"),
      node("ReduceSum", ["kept", "middle"], "logits", [{ name: "keepdims", i: 0, type: 2 }]),
    ],
  };
  const type = onnx.lookupType("ModelProto");
  return type.encode(type.fromObject({ ir_version: 8, opset_import: [{ version: 18 }], graph })).finish();
}

/** A folder with the model, which `remove` takes away. */
export function writeTinyModel(model: TinyModel) {
  const folder = mkdtempSync(join(tmpdir(), "pavlov-classifier-"));
  const write = (file: string, value: object) => writeFileSync(join(folder, file), JSON.stringify(value));
  mkdirSync(join(folder, "onnx"));
  writeFileSync(join(folder, "onnx", "model.onnx"), modelBytes(model));
  const id2label = Object.fromEntries(model.labels.map((label, index) => [index, label]));
  write("config.json", { model_type: "bert", max_position_embeddings: 64, id2label, ...model.config });
  write("tokenizer_config.json", {
    tokenizer_class: "PreTrainedTokenizerFast",
    pad_token: "[PAD]",
    unk_token: "[UNK]",
    model_max_length: 64,
    ...(model.chatTemplate !== undefined && { chat_template: model.chatTemplate }),
  });
  write("tokenizer.json", {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab: Object.fromEntries(words.map((word, id) => [word, id])), unk_token: "[UNK]" },
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
