/**
 * Writes a recorded graph as an ONNX model: IR version 8, opset 18, with ONNX Runtime's own operators beside it.
 * Field numbers are those of onnx/onnx.proto; only the fields that a graph of tensors needs are here.
 */
import {
  encode,
  message,
  type Message,
  writeBytes,
  writeFloat,
  writeInteger,
  writeIntegers,
  writeMessage,
  writeText,
} from "./protobuf.js";

/** Element types, as in `TensorProto.DataType`. */
export const elementTypes = { float32: 1, int8: 3, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;

export type ElementType = keyof typeof elementTypes;

/** The domain of ONNX Runtime's own operators. */
export const runtimeDomain = "com.microsoft";

/** A number is an integer attribute, `{ float }` a float one, an array a list of integers. */
export type OnnxAttribute = number | { readonly float: number } | string | readonly number[];

export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Little-endian elements. */
  readonly bytes: Uint8Array;
  /** True where the elements stay outside of the model, as external data that has the tensor's name. */
  readonly external?: boolean;
}

/** An input or output. A null dimension is one whose size only a run knows, and a null shape one of any rank. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string | null)[] | null;
  readonly type: ElementType;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const attributeTypes = { float: 1, integer: 2, text: 3, integers: 7 } as const;

function attributeMessage(name: string, value: OnnxAttribute): Message {
  const target = message();
  writeText(target, 1, name);
  if (typeof value === "number") {
    writeInteger(target, 3, value);
    writeInteger(target, 20, attributeTypes.integer);
  } else if (typeof value === "string") {
    writeText(target, 4, value);
    writeInteger(target, 20, attributeTypes.text);
  } else if ("float" in value) {
    writeFloat(target, 2, value.float);
    writeInteger(target, 20, attributeTypes.float);
  } else {
    for (const integer of value) writeInteger(target, 8, integer);
    writeInteger(target, 20, attributeTypes.integers);
  }
  return target;
}

function nodeMessage(node: OnnxNode): Message {
  const target = message();
  for (const input of node.inputs) writeText(target, 1, input);
  for (const output of node.outputs) writeText(target, 2, output);
  writeText(target, 3, node.name);
  writeText(target, 4, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) writeMessage(target, 5, attributeMessage(name, value));
  if (node.domain !== "") writeText(target, 7, node.domain);
  return target;
}

/** As in `TensorProto.DataLocation`. */
const externalLocation = 1;

function entryMessage(key: string, value: string): Message {
  const target = message();
  writeText(target, 1, key);
  writeText(target, 2, value);
  return target;
}

function tensorMessage(tensor: OnnxTensor): Message {
  const target = message();
  if (tensor.shape.length > 0) writeIntegers(target, 1, tensor.shape);
  writeInteger(target, 2, elementTypes[tensor.type]);
  writeText(target, 8, tensor.name);
  if (tensor.external === true) {
    writeMessage(target, 13, entryMessage("location", tensor.name));
    writeMessage(target, 13, entryMessage("offset", "0"));
    writeMessage(target, 13, entryMessage("length", String(tensor.bytes.byteLength)));
    writeInteger(target, 14, externalLocation);
  } else {
    writeBytes(target, 9, tensor.bytes);
  }
  return target;
}

function valueMessage(value: OnnxValue): Message {
  const shape = message();
  for (const size of value.shape ?? []) {
    const dimension = message();
    if (typeof size === "number") writeInteger(dimension, 1, size);
    else if (size !== null) writeText(dimension, 2, size);
    writeMessage(shape, 1, dimension);
  }
  const tensorType = message();
  writeInteger(tensorType, 1, elementTypes[value.type]);
  if (value.shape !== null) writeMessage(tensorType, 2, shape);
  const type = message();
  writeMessage(type, 1, tensorType);
  const target = message();
  writeText(target, 1, value.name);
  writeMessage(target, 2, type);
  return target;
}

function operatorSet(domain: string, version: number): Message {
  const target = message();
  writeText(target, 1, domain);
  writeInteger(target, 2, version);
  return target;
}

/** The bytes of an `.onnx` file. */
export function writeOnnx(graph: OnnxGraph): Uint8Array {
  const body = message();
  for (const node of graph.nodes) writeMessage(body, 1, nodeMessage(node));
  writeText(body, 2, graph.name);
  for (const tensor of graph.initializers) writeMessage(body, 5, tensorMessage(tensor));
  for (const input of graph.inputs) writeMessage(body, 11, valueMessage(input));
  for (const output of graph.outputs) writeMessage(body, 12, valueMessage(output));
  const model = message();
  writeInteger(model, 1, 8);
  writeText(model, 2, "pavlov");
  writeMessage(model, 7, body);
  writeMessage(model, 8, operatorSet("", 18));
  writeMessage(model, 8, operatorSet(runtimeDomain, 1));
  return encode(model);
}
