// Whether an answer is written as a number, and not as a sum or product that has yet to be worked out.
import { isInteger, isOne, negate, type Rational } from "../number/rational.js";
import { last, type Node } from "../read/nodes.js";

const isTen = ({ numerator, denominator }: Rational): boolean => numerator === 10n && denominator === 1n;
const isUnit = (value: Rational): boolean => isOne(value) || isOne(negate(value));

type Role = "number" | "inverse" | "power of ten" | "sign" | "other";

function roleOf(node: Node): Role {
  if (node.kind === "number") return isUnit(node.value) ? "sign" : "number";
  if (node.kind !== "power") return "other";
  const [base, exponent] = node.parts;
  if (base.kind !== "number" || exponent.kind !== "number") return "other";
  if (isOne(negate(exponent.value))) return "inverse";
  return isTen(base.value) && isInteger(exponent.value) ? "power of ten" : "other";
}

/** A number, a fraction of two, a percentage, a power of ten with a factor; of a list every element; of x = 1 the 1. */
export function isNumeral(node: Node): boolean {
  switch (node.kind) {
    case "number":
      return true;
    case "percent":
      return isNumeral(node.parts[0]);
    case "relation":
      return isNumeral(last(node));
    case "list":
    case "set":
    case "tuple":
      return node.parts.every(isNumeral);
    case "power":
      return roleOf(node) !== "other";
    case "product": {
      const roles = node.parts.map(roleOf);
      const once = (role: Role): boolean => roles.filter((each) => each === role).length <= 1;
      return !roles.includes("other") && once("number") && once("inverse") && once("power of ten");
    }
    default:
      return false;
  }
}
