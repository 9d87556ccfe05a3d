/** The wire format of Protocol Buffers, written and never read: varints, fixed 32-bit floats and nested messages. */

/** A message under construction: pieces that are joined once, so that gigabytes of weights are copied once. */
export interface Message {
  readonly pieces: Uint8Array[];
  bytes: number;
}

const wire = { varint: 0, length: 2, fixed32: 5 } as const;
const encoder = new TextEncoder();

/** An empty message. */
export function message(): Message {
  return { pieces: [], bytes: 0 };
}

function append(target: Message, piece: Uint8Array): void {
  target.pieces.push(piece);
  target.bytes += piece.byteLength;
}

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

function tag(field: number, type: number): number[] {
  return varint(field * 8 + type);
}

/** Adds an integer field; negative numbers take ten bytes, as the format demands. */
export function writeInteger(target: Message, field: number, value: number | bigint): void {
  append(target, Uint8Array.from([...tag(field, wire.varint), ...varint(value)]));
}

/** Adds a 32-bit float field. */
export function writeFloat(target: Message, field: number, value: number): void {
  const piece = new Uint8Array(tag(field, wire.fixed32).length + 4);
  piece.set(tag(field, wire.fixed32));
  new DataView(piece.buffer).setFloat32(piece.byteLength - 4, value, true);
  append(target, piece);
}

/** Adds a field of raw bytes, by reference. */
export function writeBytes(target: Message, field: number, value: Uint8Array): void {
  append(target, Uint8Array.from([...tag(field, wire.length), ...varint(value.byteLength)]));
  append(target, value);
}

/** Adds a text field, encoded as UTF-8. */
export function writeText(target: Message, field: number, value: string): void {
  writeBytes(target, field, encoder.encode(value));
}

/** Adds a packed repeated field of integers. */
export function writeIntegers(target: Message, field: number, values: readonly number[]): void {
  writeBytes(target, field, Uint8Array.from(values.flatMap(varint)));
}

/** Adds a nested message. */
export function writeMessage(target: Message, field: number, value: Message): void {
  append(target, Uint8Array.from([...tag(field, wire.length), ...varint(value.bytes)]));
  for (const piece of value.pieces) append(target, piece);
}

/** The message's bytes. */
export function encode(source: Message): Uint8Array {
  const bytes = new Uint8Array(source.bytes);
  let offset = 0;
  for (const piece of source.pieces) {
    bytes.set(piece, offset);
    offset += piece.byteLength;
  }
  return bytes;
}
