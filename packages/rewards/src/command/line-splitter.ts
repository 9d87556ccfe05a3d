// Lines of a stream of bytes, each chunk's together.
import { StringDecoder } from "node:string_decoder";

/**
 * Makes a function that takes the next chunk and returns the lines that end in it, without their ends. Of a line beyond
 * `limit` characters the rest is left out.
 */
export function createLineSplitter(limit: number): (chunk: Buffer) => string[] {
  const decoder = new StringDecoder("utf8");
  let parts: string[] = [];
  let size = 0;
  const keep = (text: string) => {
    const room = limit - size;
    if (room > 0) parts.push(text.length > room ? text.slice(0, room) : text);
    size += text.length;
  };
  return (chunk) => {
    const [first = "", ...others] = decoder.write(chunk).split("\n");
    keep(first);
    return others.map((next) => {
      const line = parts.join("");
      parts = [];
      size = 0;
      keep(next);
      return line.endsWith("\r") ? line.slice(0, -1) : line;
    });
  };
}
