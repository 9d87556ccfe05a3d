/** The bytes of an ONNX file, against the format's definition. */
import { expect, test } from "vitest";
import { writeOnnx } from "./onnx-writer.js";
import { encode, message, writeFloat, writeInteger, writeText } from "./protobuf.js";

test("integers are varints, negative ones of ten bytes", () => {
  const target = message();
  writeInteger(target, 1, 300);
  writeInteger(target, 2, -1);
  expect(Buffer.from(encode(target)).toString("hex")).toBe(`08ac0210${"ff".repeat(9)}01`);
});

test("fields above 15 have tags of two bytes, floats are little-endian, text is UTF-8", () => {
  const target = message();
  writeInteger(target, 20, 2);
  writeFloat(target, 2, 1);
  writeText(target, 1, "é");
  expect(Buffer.from(encode(target)).toString("hex")).toBe(["a00102", "150000803f", "0a02c3a9"].join(""));
});

test("a model declares IR 8, opset 18 and ONNX Runtime's domain, and holds its graph", () => {
  const bytes = writeOnnx({
    name: "g",
    nodes: [{ name: "n", operator: "Neg", domain: "", inputs: ["x"], outputs: ["y"], attributes: { axis: -1 } }],
    initializers: [],
    inputs: [{ name: "x", shape: ["rows", 2], type: "float32" }],
    outputs: [{ name: "y", shape: [null, 2], type: "float32" }],
  });
  const axis = `0a046178697318${"ff".repeat(9)}01a00102`;
  const node = `0a01781201791a016e22034e65672a${hexLength(axis)}${axis}`;
  const type = (first: string) => `0801120${(first.length / 2 + 6).toString(16)}0a${hexLength(first)}${first}0a020802`;
  const value = (name: string, first: string) => {
    const tensor = `0a${hexLength(type(first))}${type(first)}`;
    return `0a01${name}12${hexLength(tensor)}${tensor}`;
  };
  const [input, output] = [value("78", "1204726f7773"), value("79", "")];
  const values = `5a${hexLength(input)}${input}62${hexLength(output)}${output}`;
  const graph = `0a${hexLength(node)}${node}120167${values}`;
  const sets = "42040a00101242110a0d636f6d2e6d6963726f736f66741001";
  expect(Buffer.from(bytes).toString("hex")).toBe(`080812067061766c6f763a${hexLength(graph)}${graph}${sets}`);
});

function hexLength(hex: string): string {
  return (hex.length / 2).toString(16).padStart(2, "0");
}
