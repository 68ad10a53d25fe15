import { nearest } from "../resources/problem.ts";
import { readerOf } from "./cel/read.ts";
import { bool, double, duration, int, listOf, string, type Type, timestamp } from "./cel/types.ts";
import { Unread } from "./value.ts";

/** A parameter as expressions have it. */
export interface Parameter {
  readonly type: Type;
  /** Its value inside expressions: moments and durations in milliseconds. */
  readonly value: unknown;
  /** Its value as it was written. */
  readonly written: unknown;
}

const types: Readonly<Record<string, Type>> = {
  string,
  int,
  double,
  bool,
  duration,
  timestamp,
  "list<string>": listOf(string),
  "list<int>": listOf(int),
};

const examples: Readonly<Record<string, string>> = {
  duration: "a duration, as in 90d",
  timestamp: 'a timestamp, as in "2026-01-31T00:00:00Z"',
  string: "text",
  int: "a whole number",
  double: "a number",
  bool: "true or false",
  "list<string>": "a list of texts",
  "list<int>": "a list of whole numbers",
};

/** The parameter of a declared type with a value; text that says what is wrong where the value does not fit. */
export function parameterOf(declared: string, written: unknown): Parameter | string {
  const type = types[declared] ?? string;
  const value = readerOf(type)(written, "the value");
  const lost = value instanceof Unread || (Array.isArray(value) && value.some((item) => item instanceof Unread));
  return lost ? `must be ${examples[declared] ?? declared}` : { type, value, written };
}

/** What is wrong with a name that no parameter has. */
export function unknownParameter(name: string, known: readonly string[]): { message: string; hint: string | null } {
  const meant = nearest(name, known);
  const hint =
    meant !== null
      ? `did you mean ${meant}?`
      : known.length > 0
        ? `parameters: ${known.join(", ")}`
        : "the policy has no parameters";
  return { message: `there is no parameter ${name}`, hint };
}
