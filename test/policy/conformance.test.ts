import { readFileSync } from "node:fs";
import { tests } from "@bufbuild/cel-spec/testdata/conformance.js";
import { parse } from "@marcbachmann/cel-js";
import { expect, test } from "vitest";
import { compileExpression } from "../../src/policy/cel/compile.ts";
import type { FieldType } from "../../src/resources/kinds.ts";
import { InputError } from "../../src/resources/problem.ts";
import { seen, worldOf } from "./arbitraries.ts";
import { evaluate, instant, List, lift, type Node, show, span, type Value } from "./reference.ts";

// The conformance vectors of the Common Expression Language. A vector agrees, or it is refused when it is compiled, or it
// gives another value. What does not agree stands in conformance-left-out.json: what is refused as counts by reason and
// section, other values by name. So what the language refuses today cannot be misread tomorrow without a failing test.
// Only vectors whose variables have types that policies lack cannot be compiled at all; they count as refused.

interface Vector {
  name: string;
  expr: string;
  disableCheck?: boolean;
  checkOnly?: boolean;
  container?: string;
  typeEnv?: { name: string; ident?: { type: CelType } }[];
  bindings?: Record<string, { value?: CelValue }>;
  value?: CelValue;
  typedResult?: { result?: CelValue; deducedType?: CelType };
  evalError?: object;
}

type CelType = Record<string, unknown>;
type CelValue = Record<string, unknown>;

interface Placed {
  place: string;
  vector: Vector;
}

function vectorsIn(suite: typeof tests, path: readonly string[]): Placed[] {
  const inside = (suite.suites ?? []).flatMap((each) => vectorsIn(each, [...path, each.name]));
  const own = (suite.tests ?? []).map(({ original }) => ({
    place: path.join("/"),
    vector: original as unknown as Vector,
  }));
  return [...inside, ...own];
}

const vectors = vectorsIn(tests, []);

/** What has no counterpart in policies. */
class Foreign extends Error {}

function typeOf(type: CelType): FieldType {
  if (type.primitive !== undefined) {
    switch (type.primitive) {
      case "BOOL":
        return { type: "bool", nullable: false };
      case "INT64":
        return { type: "int", nullable: false };
      case "DOUBLE":
        return { type: "double", nullable: false };
      case "STRING":
        return { type: "string", nullable: false, ignoreCase: false, enum: null };
    }
  }
  if (type.listType !== undefined) {
    return { type: "list", of: typeOf((type.listType as { elemType: CelType }).elemType), nullable: false };
  }
  if (type.mapType !== undefined) {
    const { keyType, valueType } = type.mapType as { keyType: CelType; valueType: CelType };
    if (keyType.primitive !== "STRING") throw new Foreign("a map whose keys are no strings");
    return { type: "map", of: typeOf(valueType), nullable: false };
  }
  throw new Foreign(`a variable of type ${JSON.stringify(type)}`);
}

/** A value of a vector as JSON, as a row or parameter would have it. */
function plain(value: CelValue): unknown {
  const [[kind, raw] = ["", undefined]] = Object.entries(value);
  switch (kind) {
    case "int64Value":
      return Number(raw);
    case "boolValue":
    case "stringValue":
    case "doubleValue":
      return raw;
    case "listValue":
      return ((raw as { values?: CelValue[] }).values ?? []).map(plain);
    case "mapValue":
      return Object.fromEntries(
        ((raw as { entries?: { key: CelValue; value: CelValue }[] }).entries ?? []).map((each) => [
          String(plain(each.key)),
          plain(each.value),
        ]),
      );
    default:
      throw new Foreign(`a value ${kind}`);
  }
}

/** A value of a vector as the reference has it. */
function expected(value: CelValue): Value {
  const [[kind, raw] = ["", undefined]] = Object.entries(value);
  switch (kind) {
    case "nullValue":
      return null;
    case "boolValue":
      return raw as boolean;
    case "stringValue":
      return raw as string;
    case "int64Value":
      return BigInt(raw as string);
    case "doubleValue":
      return Number(raw);
    case "listValue":
      return new List(((raw as { values?: CelValue[] }).values ?? []).map(expected), true);
    case "objectValue": {
      const { "@type": type, value: text } = raw as { "@type": string; value: string };
      if (type.endsWith("google.protobuf.Timestamp")) return instant(text);
      if (type.endsWith("google.protobuf.Duration")) return span(text);
      throw new Foreign(`a message ${type}`);
    }
    default:
      throw new Foreign(`a value ${kind}`);
  }
}

/** What a vector expects, in words. */
function expectation(vector: Vector): string {
  if (vector.evalError !== undefined) return "unknown";
  const value = vector.value ?? vector.typedResult?.result ?? { boolValue: true };
  return show(expected(value));
}

/** The names of the variables of a vector with their types and values as JSON; undefined where none is bound. */
function variablesOf(vector: Vector): [name: string, type: FieldType, raw: unknown][] {
  return (vector.typeEnv ?? []).map((declared) => {
    if (declared.ident === undefined) throw new Foreign("a function of its own");
    const bound = vector.bindings?.[declared.name]?.value;
    return [declared.name, typeOf(declared.ident.type), bound === undefined ? undefined : plain(bound)];
  });
}

function byReference(vector: Vector): string {
  const values = variablesOf(vector).map(([name, type, raw]): [string, Value] => [name, lift(raw, type)]);
  return show(evaluate(parse(vector.expr).ast as unknown as Node, new Map(values), worldOf()));
}

type Verdict = { agrees: true } | { refused: readonly string[] } | { foreign: string } | { gives: string; cel: string };

/** What comes of a vector. */
function judge(vector: Vector): Verdict {
  let declared: ReturnType<typeof variablesOf>;
  try {
    declared = variablesOf(vector);
  } catch (error) {
    if (error instanceof Foreign) return { foreign: error.message };
    throw error;
  }
  let compiled: ReturnType<typeof compileExpression>;
  try {
    compiled = compileExpression(vector.expr, { variables: new Map(declared.map(([name, type]) => [name, type])) });
  } catch (error) {
    if (error instanceof InputError) return { refused: error.problems.map((each) => each.code) };
    throw error;
  }
  if (vector.checkOnly === true) return { agrees: true };
  const values = Object.fromEntries(declared.map(([name, , raw]) => [name, raw]));
  const answer = expectation(vector);
  const gives = show(seen(compiled.evaluate(values, worldOf()), compiled.type));
  return gives === answer ? { agrees: true } : { gives, cel: answer };
}

interface Refusal {
  expr: string;
  suite: string;
  fails: boolean;
  foreign: boolean;
  has: (code: string) => boolean;
}

/** Why a vector is refused: the first reason that fits. */
const reasons: readonly (readonly [reason: string, fits: (refusal: Refusal) => boolean])[] = [
  [
    "an extension that policies do not have: cel.bind, cel.block, math, strings, encoders, optionals, macros with two variables",
    ({ suite, expr }) => /_ext$|^optionals$|^macros2$/.test(suite) || /\boptional\./.test(expr),
  ],
  [
    "protocol buffer messages and enums",
    ({ suite, expr }) =>
      /^(proto[23]|enums|dynamic|wrappers)$/.test(suite) ||
      /google\.protobuf|TestAllTypes|\bmsg\b|GlobalEnum/.test(expr),
  ],
  ["bytes", ({ expr }) => /\b(b|B|br|rb|bR|Br|BR|rB|Rb|RB)['"]|\bbytes\(/.test(expr)],
  ["unsigned integers", ({ expr }) => /\b(0[xX][0-9a-fA-F]+|\d+)[uU]\b|\buint\(/.test(expr)],
  ["dyn: types are known when a policy is loaded", ({ expr }) => /\bdyn\(/.test(expr)],
  [
    "conversions between types, and types as values",
    ({ suite, expr }) => suite === "conversions" || /\b(int|double|string|bool|type)\(/.test(expr),
  ],
  ["parts of a timestamp or duration, such as getHours", ({ expr }) => /\.get[A-Z]\w*\(/.test(expr)],
  ["maps written in an expression", ({ expr }) => /\{/.test(expr)],
  ["integers of 64 bits: policies have those that JSON keeps exactly", ({ has }) => has("out-of-range")],
  ["nanoseconds: policies count milliseconds", ({ expr }) => /\dns'/.test(expr)],
  [
    "names that policies cannot have: with points, of a container, in backquotes",
    ({ expr, suite }) => suite === "namespace" || /`|^a\.b\./.test(expr),
  ],
  ["calls of functions named like reserved words", ({ expr }) => /^a\.\w+\(\) \|\| true$/.test(expr)],
  ["a number that begins with its point, which the parser does not know", ({ expr }) => /(^|\s)\.\d/.test(expr)],
  ["a mistake that policies report when they are loaded and CEL when it evaluates", ({ fails }) => fails],
  [
    "values of different types in one list, condition or comparison, or unresolved names where CEL never reaches them",
    ({ has }) => has("wrong-type") || has("unknown-variable") || has("unknown-function"),
  ],
  ["variables of type null, and functions that a host adds", ({ foreign }) => foreign],
];

interface LeftOut {
  agrees: number;
  refused: Record<string, Record<string, number>>;
  differs: Record<string, { expression: string; cel: string; policies: string; why: string }>;
}

const fixture = new URL("conformance-left-out.json", import.meta.url);
const leftOut = JSON.parse(readFileSync(fixture, "utf8")) as LeftOut;

test("the conformance vectors of CEL agree, but for those that are left out with a reason", () => {
  const found: LeftOut = { agrees: 0, refused: {}, differs: {} };
  for (const { place, vector } of vectors) {
    const verdict = judge(vector);
    if ("agrees" in verdict) {
      found.agrees++;
      continue;
    }
    if ("gives" in verdict) {
      const name = `${place}/${vector.name}`;
      const why = leftOut.differs[name]?.why ?? "";
      found.differs[name] = { expression: vector.expr, cel: verdict.cel, policies: verdict.gives, why };
      continue;
    }
    const refusal: Refusal = {
      expr: vector.expr,
      suite: place.split("/")[0] ?? "",
      fails: vector.evalError !== undefined,
      foreign: "foreign" in verdict,
      has: (code) => "refused" in verdict && verdict.refused.includes(`policy/${code}`),
    };
    const reason =
      reasons.find(([, fits]) => fits(refusal))?.[0] ?? `no reason: ${place}/${vector.name}: ${vector.expr}`;
    const places = found.refused[reason] ?? {};
    found.refused[reason] = { ...places, [place]: (places[place] ?? 0) + 1 };
  }
  const counts = Object.entries(found.refused).map(([reason, places]) => {
    const count = Object.values(places).reduce((sum, each) => sum + each, 0);
    return `${String(count).padStart(5)} refused: ${reason}`;
  });
  const differing = Object.entries(found.differs).map(([name, { why }]) => `${name}: ${why}`);
  console.info(
    [`${found.agrees} of ${vectors.length} vectors agree`, ...counts.sort().reverse(), ...differing].join("\n"),
  );
  expect(found).toEqual(leftOut);
});

test("the reference agrees with CEL wherever the compiler does", () => {
  const wrong: string[] = [];
  for (const { place, vector } of vectors) {
    if (vector.checkOnly === true || !("agrees" in judge(vector))) continue;
    const answer = expectation(vector);
    const given = byReference(vector);
    if (given !== answer) wrong.push(`${place}/${vector.name}: ${vector.expr} is ${answer}, not ${given}`);
  }
  expect(wrong).toEqual([]);
});
