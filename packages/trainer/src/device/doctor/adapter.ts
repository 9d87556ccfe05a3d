/** A GPU as the system knows it, whether or not a driver can compute on it. */
export interface Adapter {
  readonly name: string;
  readonly maker: Maker;
  /** Of its own, in bytes; null where it shares the machine's or does not tell. */
  readonly memory: number | null;
  /** The kernel's driver or the driver's version; empty where it is not told. */
  readonly driver: string;
  /** False for what only draws: the display of a virtual machine or a server. */
  readonly computes: boolean;
}

export type Maker = "NVIDIA" | "AMD" | "Intel" | "Apple" | "other";

/** Numbers of PCI: https://pci-ids.ucw.cz. */
const makers: Readonly<Record<number, Maker>> = {
  0x10de: "NVIDIA",
  0x1002: "AMD",
  0x1022: "AMD",
  0x8086: "Intel",
  0x106b: "Apple",
};

/** Who makes the adapter with a number of PCI. */
export const makerOf = (vendor: number): Maker => makers[vendor] ?? "other";

/** Who makes an adapter, by its name. */
export function makerNamed(name: string): Maker {
  if (/nvidia|geforce|quadro|tesla/i.test(name)) return "NVIDIA";
  if (/\bAMD\b|radeon/i.test(name)) return "AMD";
  if (/intel/i.test(name)) return "Intel";
  return /apple/i.test(name) ? "Apple" : "other";
}

/** One line. */
export function describeAdapter({ name, memory, driver, computes }: Adapter): string {
  const facts = [
    ...(memory === null ? [] : [`${(memory / 2 ** 30).toFixed(1)} GB`]),
    ...(driver === "" ? [] : [`driver ${driver}`]),
    ...(computes ? [] : ["a display, no GPU that computes"]),
  ];
  return facts.length === 0 ? name : `${name} (${facts.join(", ")})`;
}
