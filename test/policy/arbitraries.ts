import fc from "fast-check";
import type { Type } from "../../src/policy/cel/types.ts";
import { IncompleteList, Unread, type World } from "../../src/policy/value.ts";
import { type Field, type FieldType, kinds, type Row } from "../../src/resources/kinds.ts";
import { Folded, Instant, List, lift, Span, Unknown, type Value } from "./reference.ts";

/**
 * Random well-typed expressions and random resources for them. Both are grown from a list of random bytes, where 0
 * always means the simplest thing and a list that has ended goes on with zeros: when fast-check shortens the list and
 * lowers its bytes, the expression and the resource become simpler with it.
 */
export class Choices {
  readonly #bytes: readonly number[];
  #at = 0;

  constructor(bytes: readonly number[]) {
    this.#bytes = bytes;
  }

  /** From 0 to below n. */
  below(n: number): number {
    const byte = this.#bytes[this.#at++] ?? 0;
    return byte % n;
  }

  pick<T>(items: readonly [T, ...T[]]): T;
  pick<T>(items: readonly T[]): T | undefined;
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(Math.max(1, items.length))];
  }

  /** True once in so many; false is simpler. */
  once(inSoMany: number): boolean {
    return this.below(inSoMany) === inSoMany - 1;
  }
}

export const bytes = (maxLength: number): fc.Arbitrary<number[]> =>
  fc.noBias(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength, size: "max" }));

// ---- Types

const plain = (type: "int" | "double" | "bool" | "timestamp" | "duration", nullable = false): FieldType => ({
  type,
  nullable,
});
const stringType = (
  options: { nullable?: boolean; ignoreCase?: boolean; enum?: readonly string[] } = {},
): FieldType => ({
  type: "string",
  nullable: options.nullable ?? false,
  ignoreCase: options.ignoreCase ?? false,
  enum: options.enum ?? null,
});
export const listOf = (of: FieldType): FieldType => ({ type: "list", of, nullable: false });
const mapOf = (of: FieldType): FieldType => ({ type: "map", of, nullable: false });

export function objectOf(name: string, types: Record<string, FieldType>, nullable = false): FieldType {
  const fields = Object.entries(types).map(([name, type]): [string, Field] => [
    name,
    { name, type, source: "stored", description: "" },
  ]);
  return { type: "object", name, fields: new Map(fields), nullable };
}

/** An object with what the real kinds lack: numbers, maps, and everything once nullable. */
export const sample: FieldType = objectOf("Sample", {
  count: plain("int"),
  limit: plain("int", true),
  ratio: plain("double"),
  share: plain("double", true),
  on: plain("bool"),
  maybe: plain("bool", true),
  word: stringType(),
  note: stringType({ nullable: true }),
  label: stringType({ ignoreCase: true }),
  alias: stringType({ ignoreCase: true, nullable: true }),
  level: stringType({ enum: ["tenant", "subscription", "resource"] }),
  colour: stringType({ enum: ["red", "blue"], nullable: true }),
  at: plain("timestamp"),
  until: plain("timestamp", true),
  counts: listOf(plain("int")),
  ratios: listOf(plain("double")),
  words: listOf(stringType()),
  labels: listOf(stringType({ ignoreCase: true })),
  times: listOf(plain("timestamp")),
  tags: mapOf(stringType()),
  sizes: mapOf(plain("int")),
  inner: objectOf("Inner", { word: stringType(), note: stringType({ nullable: true }), count: plain("int") }),
  outer: objectOf("Outer", { word: stringType(), note: stringType({ nullable: true }), on: plain("bool") }, true),
  parts: listOf(
    objectOf("Part", { word: stringType(), note: stringType({ nullable: true }), words: listOf(stringType()) }),
  ),
});

export const parameters: FieldType = objectOf("params", {
  name: stringType(),
  action: stringType(),
  most: plain("int"),
  factor: plain("double"),
  strict: plain("bool"),
  age: plain("duration"),
  since: plain("timestamp"),
  names: listOf(stringType()),
  numbers: listOf(plain("int")),
});

/** What the parameters are in every example, as a policy's file would write them. */
export const parameterValues = {
  name: "prod",
  action: "Microsoft.Storage/storageAccounts/write",
  most: 2,
  factor: 0.5,
  strict: true,
  age: "90d",
  since: "2024-06-01T00:00:00Z",
  names: ["prod", "User", "a"],
  numbers: [1, 2, 3],
};

export const resourceOf = (kind: string): FieldType => ({ type: "resource", kind, nullable: false });

// ---- Values to meet: the same few in resources and literals, so that comparisons often hold

const words: readonly [string, ...string[]] = ["", "a", "prod", "Prod", "prod-eu", "dev", "é", "\u{1F600}", "\uFF5E"];
const foldedWords: readonly [string, ...string[]] = ["", "a", "prod", "prod-eu", "dev", "é"];
const spelt: readonly [string, ...string[]] = ["", "A", "prod", "PROD-eu", "Dev", "É"];
const actions: readonly [string, ...string[]] = [
  "*",
  "*/read",
  "microsoft.storage/*",
  "microsoft.storage/storageaccounts/write",
  "*/write",
  "microsoft.synapse/workspaces/*",
];
const asked: readonly [string, ...string[]] = [
  "Microsoft.Storage/storageAccounts/write",
  "microsoft.synapse/workspaces/read",
  "Microsoft.Authorization/roleAssignments/write",
];
const scopes: readonly [string, ...string[]] = [
  "/",
  "/subscriptions/1",
  "/subscriptions/1/resourcegroups/data",
  "/subscriptions/2",
];
const known: Record<string, readonly [string, ...string[]]> = {
  type: ["User", "ServicePrincipal", "Group"],
  principalType: ["User", "ServicePrincipal", "Group"],
  actions,
  notActions: actions,
  dataActions: actions,
  notDataActions: actions,
};
const timestamps: readonly [string, ...string[]] = [
  "2024-01-01T00:00:00Z",
  "2024-06-01T00:00:00Z",
  "2024-06-01T00:00:00.500Z",
  "2023-12-31T23:59:59Z",
  "9999-12-31T23:59:59Z",
];
const durations: readonly [string, ...string[]] = ["0s", "1d", "90d", "36h", "1h30m", "500ms", "-1d", "1.5h"];
const ints: readonly [number, ...number[]] = [0, 1, 2, 3, -1, 7, -7, 9007199254740991, -9007199254740991];
const doubles: readonly [number, ...number[]] = [0, 1, 0.5, -0.5, 2.5, 1e300, -1e300];
const keys: readonly [string, ...string[]] = ["env", "Prod", "owner", "cost-centre"];
const patterns: readonly [string, ...string[]] = ["a", "^prod", "eu$", "^$", "p.o", "[a-e]+", "(dev|prod)", ".*"];

// ---- Expressions

/** A path that an expression may read. */
export interface Source {
  text: string;
  name: string;
  type: FieldType;
}

export interface Scope {
  variables: ReadonlyMap<string, FieldType>;
  /** Nullable paths that a guard around has shown not to be null. */
  proven: ReadonlySet<string>;
  /** How many quantifiers stand around. */
  nested: number;
  /** Guards are now and then left out: the checker may refuse the expression. */
  wild: boolean;
}

const scopeWith = (scope: Scope, change: Partial<Scope>): Scope => ({ ...scope, ...change });

export function sourcesOf(scope: Scope): Source[] {
  const sources: Source[] = [];
  const walk = (text: string, name: string, declared: FieldType, depth: number) => {
    const type = scope.proven.has(text) ? { ...declared, nullable: false } : declared;
    sources.push({ text, name, type });
    if (type.nullable || depth === 0) return;
    if (type.type === "list" && type.of.type === "object") walk(`${text}[0]`, name, type.of, depth - 1);
    if (type.type === "map") {
      sources.push({ text: `${text}.env`, name: "env", type: type.of });
      sources.push({ text: `${text}["owner"]`, name: "owner", type: type.of });
    }
    const fields =
      type.type === "object" ? type.fields : type.type === "resource" ? kinds.get(type.kind)?.fields : undefined;
    for (const field of fields?.values() ?? []) walk(`${text}.${field.name}`, field.name, field.type, depth - 1);
  };
  for (const [name, type] of scope.variables) walk(name, name, type, 3);
  return sources;
}

export type Scalar = "bool" | "string" | "folded" | "int" | "double" | "timestamp" | "duration";
export const scalars: readonly [Scalar, ...Scalar[]] = ["string", "int", "bool", "double", "timestamp", "duration"];

function scalarOf(type: FieldType): Scalar | null {
  if (type.type === "string") return type.enum !== null ? null : type.ignoreCase ? "folded" : "string";
  if (type.type === "list" || type.type === "map" || type.type === "object" || type.type === "resource") return null;
  return type.type;
}

export const typeOfScalar = (scalar: Scalar): FieldType =>
  scalar === "string" || scalar === "folded" ? stringType({ ignoreCase: scalar === "folded" }) : plain(scalar);

const quote = (text: string) => JSON.stringify(text);

/** Grows expressions by type. */
export class Grower {
  readonly #choices: Choices;

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  #literal(scalar: Scalar, name = ""): string {
    const choices = this.#choices;
    switch (scalar) {
      case "bool":
        return choices.pick(["true", "false"]);
      case "string":
        return quote(choices.pick(known[name] ?? words));
      case "folded":
        return quote(choices.pick(known[name] ?? (name === "id" ? scopes : spelt)));
      case "int":
        return String(choices.pick(ints));
      case "double": {
        const value = choices.pick(doubles);
        return Number.isInteger(value) && Math.abs(value) < 1e20 ? `${value}.0` : String(value).replace("e+", "e");
      }
      case "timestamp":
        return `timestamp(${quote(choices.pick(timestamps))})`;
      case "duration":
        return `duration(${quote(choices.pick(durations))})`;
    }
  }

  #sources(scope: Scope, fits: (type: FieldType) => boolean): Source[] {
    return sourcesOf(scope).filter((source) => {
      if (!source.type.nullable) return fits(source.type);
      return scope.wild && fits(source.type) && this.#choices.once(6);
    });
  }

  #some(alternatives: readonly (() => string | null)[], otherwise: () => string): string {
    const made = this.#choices.pick(alternatives)?.();
    return made ?? otherwise();
  }

  /** An expression of a scalar type. */
  scalar(scalar: Scalar, scope: Scope, depth: number): string {
    if (scalar === "bool") return this.bool(scope, depth);
    const choices = this.#choices;
    const path = () => this.#path(scope, (type) => scalarOf(type) === scalar);
    const literal = () => this.#literal(scalar);
    const again = () => this.scalar(scalar, scope, depth - 1);
    if (depth <= 0) return choices.once(2) ? literal() : (path() ?? literal());
    const choose = () => `(${this.bool(scope, depth - 1)} ? ${again()} : ${again()})`;
    const binary = (...operators: [string, ...string[]]) => `(${again()} ${choices.pick(operators)} ${again()})`;
    const indexed = () => `[${literal()}, ${again()}][${choices.pick(["0", "1", "2", "-1"])}]`;
    const element = () => {
      const list = this.#path(scope, (type) => type.type === "list" && scalarOf(type.of) === scalar);
      return list === null ? null : `${list}[${choices.pick(["0", "1"])}]`;
    };
    const value = () => {
      const map = this.#path(scope, (type) => type.type === "map" && scalarOf(type.of) === scalar);
      return map === null ? null : `${map}[${quote(choices.pick(keys))}]`;
    };
    const shared = [path, literal, path, choose, indexed, element, value];
    switch (scalar) {
      case "string":
        return this.#some([...shared, () => binary("+"), () => `${again()}.lowerAscii()`], literal);
      case "folded":
        return this.#some([path, element], () => path() ?? literal());
      case "int":
        return this.#some(
          [...shared, () => binary("+", "-", "*", "/", "%"), () => `-${again()}`, () => this.#size(scope, depth)],
          literal,
        );
      case "double":
        return this.#some([...shared, () => binary("+", "-", "*", "/"), () => `-${again()}`], literal);
      case "timestamp":
        return this.#some(
          [...shared, () => `(${again()} ${choices.pick(["-", "+"])} ${this.scalar("duration", scope, depth - 1)})`],
          literal,
        );
      case "duration": {
        const gap = () => {
          const time = () => this.scalar("timestamp", scope, depth - 1);
          return `(${time()} - ${time()})`;
        };
        return this.#some([...shared, gap, () => binary("+", "-")], literal);
      }
    }
  }

  #path(scope: Scope, fits: (type: FieldType) => boolean): string | null {
    return this.#choices.pick(this.#sources(scope, fits))?.text ?? null;
  }

  #size(scope: Scope, depth: number): string {
    const choices = this.#choices;
    const of = this.#some(
      [
        () => this.#path(scope, (type) => type.type === "list"),
        () => this.#path(scope, (type) => type.type === "map"),
        () => this.scalar("string", scope, depth - 1),
        () => this.list(choices.pick(scalars), scope, depth - 1),
      ],
      () => '"prod"',
    );
    return choices.once(2) ? `${of}.size()` : `size(${of})`;
  }

  /** A list of scalars. */
  list(scalar: Scalar, scope: Scope, depth: number): string {
    const choices = this.#choices;
    const literal = () => {
      const items = Array.from({ length: 1 + choices.below(3) }, () => this.scalar(scalar, scope, depth - 1));
      return `[${items.join(", ")}]`;
    };
    const path = () => this.#path(scope, (type) => type.type === "list" && scalarOf(type.of) === scalar);
    if (depth <= 0) return path() ?? literal();
    const again = () => this.list(scalar, scope, depth - 1);
    const filtered = () => this.#quantified("filter", again(), typeOfScalar(scalar), scope, depth);
    const mapped = () => {
      if (scope.nested >= 2) return null;
      const list = choices.pick(this.#sources(scope, (type) => type.type === "list"));
      if (list?.type.type !== "list") return null;
      const [variable, inside] = enter(scope, list.type.of);
      return `${list.text}.map(${variable}, ${this.scalar(scalar, inside, depth - 1)})`;
    };
    const kept = scalar === "folded" ? [path] : [path, literal, mapped, () => `(${again()} + ${again()})`];
    const unique = () => (choices.once(2) ? `${again()}.distinct()` : `distinct(${again()})`);
    return this.#some([...kept, filtered, unique], () => path() ?? literal());
  }

  #quantified(name: string, list: string, of: FieldType, scope: Scope, depth: number): string | null {
    if (scope.nested >= 2) return null;
    const [variable, inside] = enter(scope, of);
    return `${list}.${name}(${variable}, ${this.bool(inside, depth - 1)})`;
  }

  bool(scope: Scope, depth: number): string {
    const choices = this.#choices;
    if (depth <= 0) {
      return this.#some(
        [
          () => this.#compared(scope),
          () => this.#path(scope, (type) => type.type === "bool"),
          () => this.#has(scope),
          () => this.#literal("bool"),
        ],
        () => this.#literal("bool"),
      );
    }
    const again = (inside = scope) => this.bool(inside, depth - 1);
    return this.#some(
      [
        () => this.#compared(scope),
        () => `(${again()} && ${again()})`,
        () => `(${again()} || ${again()})`,
        () => this.#guarded(scope, depth),
        () => this.#guarded(scope, depth),
        () => this.#overList(scope, depth),
        () => this.#overList(scope, depth),
        () => this.#ordered(scope, depth),
        () => this.#ofStrings(scope, depth),
        () => this.#member(scope, depth),
        () => this.#domain(scope),
        () => `!(${again()})`,
        () => `(${again()} ? ${again()} : ${again()})`,
        () => this.#path(scope, (type) => type.type === "bool"),
        () => this.#has(scope),
        () => `(${again()} ${choices.pick(["==", "!="])} ${again()})`,
      ],
      () => this.#literal("bool"),
    );
  }

  /** A path against a literal, or null where it may be null. */
  #compared(scope: Scope): string | null {
    const choices = this.#choices;
    const comparable = sourcesOf(scope).filter(
      ({ type }) => scalarOf(type) !== null || type.type === "string" || type.nullable,
    );
    const source = choices.pick(comparable);
    if (source === undefined) return null;
    const operator = choices.pick(["==", "!=", "in"]);
    const literal = (): string => {
      if (source.type.type === "string" && source.type.enum !== null)
        return quote(choices.pick(source.type.enum) ?? "");
      const scalar = scalarOf(source.type);
      return scalar === null ? "null" : this.#literal(scalar, source.name);
    };
    const value = () => (source.type.nullable && choices.once(3) ? "null" : literal());
    if (operator !== "in" || scalarOf(source.type) === null) {
      return `(${source.text} ${operator === "in" ? "==" : operator} ${value()})`;
    }
    const items = Array.from({ length: 1 + choices.below(3) }, literal);
    if (source.type.nullable && choices.once(4)) items.push("null");
    return `(${source.text} in [${items.join(", ")}])`;
  }

  #has(scope: Scope): string | null {
    const choices = this.#choices;
    const held = choices.pick(sourcesOf(scope).filter(({ text }) => /\.\w+$/.test(text)));
    return held === undefined ? null : `has(${held.text})`;
  }

  /** A guard that shows a nullable path not to be null, and what it makes possible. */
  #guarded(scope: Scope, depth: number): string | null {
    const choices = this.#choices;
    const source = choices.pick(
      sourcesOf(scope).filter(({ type, text }) => type.nullable && /^[xy]$|\.\w+$/.test(text)),
    );
    if (source === undefined) return null;
    const path = source.text;
    const inside = () => this.bool(scopeWith(scope, { proven: new Set([...scope.proven, path]) }), depth - 1);
    const aside = () => this.bool(scope, depth - 1);
    if (!path.includes(".")) {
      return choices.pick([
        () => `(${path} != null && ${inside()})`,
        () => `(${path} == null || ${inside()})`,
        () => `(${path} == null ? ${aside()} : ${inside()})`,
        () => `((${aside()} && ${path} != null) && ${inside()})`,
      ])();
    }
    if (scope.wild && choices.once(2)) {
      const value = () => this.#literal(scalarOf(source.type) ?? "string", source.name);
      return choices.pick([
        () => `((${aside()} ? has(${path}) : has(${path})) && ${inside()})`,
        () => `((${aside()} ? has(${path}) : false) && ${inside()})`,
        () => `((${aside()} ? ${path} == null : true) || ${inside()})`,
        () => `((${aside()} || has(${path})) && ${inside()})`,
        () => `((has(${path}) || ${path} != null) && ${inside()})`,
        () => `((has(${path}) && ${aside()}) || ${inside()})`,
        () => `((has(${path}) && ${aside()}) ? ${inside()} : ${inside()})`,
        () => `((${path} == ${value()}) && ${inside()})`,
        () => `((${path} != ${value()}) || ${inside()})`,
        () => `((${path} in [${value()}, null]) && ${inside()})`,
        () => `((${path} in [${value()}]) && ${inside()})`,
        () => `(!(${path} in [${value()}]) || ${inside()})`,
        () => `((has(${path}) == true) && ${inside()})`,
        () => `([1].exists(y, has(${path})) && ${inside()})`,
        () => `(!(!has(${path})) && ${inside()})`,
        () => `((has(${path}) ? ${aside()} : ${aside()}) && ${inside()})`,
        () => `(${inside()} && has(${path}))`,
        () => `((${path} == null) && ${inside()})`,
        () => `((null == ${path}) && ${inside()})`,
        () => `((null != ${path}) || ${inside()})`,
        () => `(!has(${path}) && ${inside()})`,
      ])();
    }
    return choices.pick([
      () => `(has(${path}) && ${inside()})`,
      () => `(${path} != null && ${inside()})`,
      () => `(${path} == null || ${inside()})`,
      () => `(!has(${path}) || ${inside()})`,
      () => `(has(${path}) ? ${inside()} : ${aside()})`,
      () => `(${path} == null ? ${aside()} : ${inside()})`,
      () => `(!(${path} == null) && ${inside()})`,
      () => `((${aside()} && has(${path})) && ${inside()})`,
      () => `((has(${path}) && ${aside()}) && ${inside()})`,
      () => `(!(${path} == null || ${aside()}) && ${inside()})`,
      () => `((null == ${path} || ${aside()}) || ${inside()})`,
    ])();
  }

  #overList(scope: Scope, depth: number): string | null {
    const choices = this.#choices;
    if (scope.nested >= 2) return null;
    const name = choices.pick(["exists", "all", "exists_one"]);
    if (choices.once(6)) {
      const source = choices.pick(sourcesOf(scope).filter(({ type }) => type.nullable && scalarOf(type) !== null));
      if (source === undefined) return null;
      const other = this.#literal(scalarOf(source.type) ?? "string", source.name);
      return this.#quantified(name, `[${source.text}, null, ${other}]`, source.type, scope, depth);
    }
    if (choices.once(4)) {
      const scalar = choices.pick(scalars);
      return this.#quantified(name, this.list(scalar, scope, depth - 1), typeOfScalar(scalar), scope, depth);
    }
    const source = choices.pick(this.#sources(scope, (type) => type.type === "list"));
    if (source?.type.type !== "list") return null;
    const of = source.type.of;
    const list = choices.once(4) ? this.#quantified("filter", source.text, of, scope, depth - 1) : source.text;
    return this.#quantified(name, list ?? source.text, of, scope, depth);
  }

  #ordered(scope: Scope, depth: number): string {
    const choices = this.#choices;
    const scalar = choices.pick(scalars);
    if (scalar === "bool") return this.bool(scope, depth - 1);
    const one = this.scalar(scalar, scope, depth - 1);
    const operator = choices.pick(["==", "!=", "<", "<=", ">", ">="]);
    const isNumber = scalar === "int" || scalar === "double";
    const other = isNumber && choices.once(4) ? (scalar === "int" ? "double" : "int") : scalar;
    return `(${one} ${operator} ${this.scalar(other, scope, depth - 1)})`;
  }

  #ofStrings(scope: Scope, depth: number): string | null {
    const choices = this.#choices;
    const folded = choices.once(2) ? this.#path(scope, (type) => scalarOf(type) === "folded") : null;
    const string = this.scalar("string", scope, depth - 1);
    const subject = folded ?? string;
    const operator = choices.pick(["startsWith", "endsWith", "contains", "matches", "==", "<", ">="]);
    const other =
      folded === null || choices.once(2) ? this.scalar("string", scope, depth - 1) : this.#literal("folded");
    if (operator === "matches") {
      const pattern = choices.once(3) ? this.#path(scope, (type) => scalarOf(type) === "string") : null;
      const source = pattern ?? quote(choices.pick(patterns));
      return choices.once(3) ? `matches(${subject}, ${source})` : `${subject}.matches(${source})`;
    }
    const [one, two] = choices.once(4) ? [other, subject] : [subject, other];
    return /[A-Za-z]/.test(operator) ? `${one}.${operator}(${two})` : `(${one} ${operator} ${two})`;
  }

  /** `in` and equality of lists and maps. */
  #member(scope: Scope, depth: number): string | null {
    const choices = this.#choices;
    const scalar = choices.pick(scalars);
    const map = () => this.#path(scope, (type) => type.type === "map");
    return this.#some(
      [
        () => `(${this.scalar(scalar, scope, depth - 1)} in ${this.list(scalar, scope, depth - 1)})`,
        () => {
          const list = this.#path(scope, (type) => type.type === "list" && scalarOf(type.of) === "folded");
          return list === null ? null : `(${this.scalar("string", scope, depth - 1)} in ${list})`;
        },
        () => {
          const found = map();
          const folded = choices.once(2) ? this.#path(scope, (type) => scalarOf(type) === "folded") : null;
          return found === null ? null : `(${folded ?? quote(choices.pick(keys))} in ${found})`;
        },
        () =>
          `(${this.list(scalar, scope, depth - 1)} ${choices.pick(["==", "!="])} ${this.list(scalar, scope, depth - 1)})`,
        () => {
          const list = () => this.list(scalar, scope, depth - 1);
          const lists = `[${list()}, ${list()}]`;
          return choices.once(2)
            ? `(${list()} in ${lists})`
            : `(distinct(${lists}).size() == ${choices.pick(["1", "2"])})`;
        },
      ],
      () => "true",
    );
  }

  #domain(scope: Scope): string | null {
    const choices = this.#choices;
    const roles = this.#sources(scope, (type) => type.type === "resource" && type.kind.endsWith(".roleDefinition"));
    const place = () => this.#path(scope, (type) => type.type === "object" && type.name === "Scope");
    const granted = () => {
      const role = choices.pick(roles);
      if (role?.type.type !== "resource") return null;
      const planes: readonly [string, ...string[]] =
        role.type.kind === "synapse.roleDefinition" ? ["allowsData"] : ["allows", "allowsData"];
      const action = choices.once(4) ? "params.action" : quote(choices.pick(asked));
      return `${choices.pick(planes)}(${role.text}, ${action})`;
    };
    const inside = () => {
      const inner = place();
      const outer = place();
      return inner === null || outer === null ? null : `within(${inner}, ${outer})`;
    };
    return this.#some([granted, inside], () => "true");
  }
}

/** The scope inside a quantifier over elements of a type, and its variable. */
function enter(scope: Scope, of: FieldType): [string, Scope] {
  const variable = scope.nested === 0 ? "x" : "y";
  const variables = new Map([...scope.variables, [variable, of]]);
  const proven = new Set([...scope.proven].filter((path) => path.split(".")[0] !== variable));
  return [variable, scopeWith(scope, { variables, proven, nested: scope.nested + 1 })];
}

// ---- Resources

/** Only the properties that the expressions name are made: a counterexample then shows nothing else. */
export function namesIn(...texts: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>(["id"]);
  for (const text of texts) {
    for (const [name] of text.matchAll(/[A-Za-z_]\w*/g)) names.add(name);
    if (/allows/.test(text)) {
      for (const name of ["permissions", "actions", "notActions", "dataActions", "notDataActions", "condition"]) {
        names.add(name);
      }
    }
  }
  return names;
}

/** Grows values of a type: now and then null, unread, incomplete or of the wrong type. */
export class Maker {
  readonly #choices: Choices;
  readonly #names: ReadonlySet<string>;
  readonly #allRead: boolean;

  constructor(choices: Choices, names: ReadonlySet<string>, allRead = false) {
    this.#choices = choices;
    this.#names = names;
    this.#allRead = allRead;
  }

  #lost(onceIn: number): boolean {
    return !this.#allRead && this.#choices.once(onceIn);
  }

  #scalar(type: FieldType, name: string): unknown {
    const choices = this.#choices;
    switch (type.type) {
      case "bool":
        return choices.below(2) === 1;
      case "int":
        return choices.pick(ints);
      case "double":
        return choices.pick(doubles);
      case "timestamp":
        return choices.pick(timestamps);
      case "duration":
        return choices.pick(durations);
      case "string":
        if (type.enum !== null) return this.#lost(20) ? "another" : choices.pick(type.enum);
        if (!type.ignoreCase) return choices.pick(known[name] ?? words);
        return choices.pick(name === "id" ? scopes : (known[name] ?? foldedWords)).toLowerCase();
      default:
        return undefined;
    }
  }

  /** A value; undefined where it is unread. */
  value(type: FieldType, name: string, depth: number): unknown {
    const choices = this.#choices;
    if (this.#lost(9)) return undefined;
    if (this.#lost(40)) return type.type === "double" || type.type === "int" ? "wrong" : 12345.5;
    if (type.nullable && choices.once(3)) return null;
    switch (type.type) {
      case "list":
        return this.#list(type.of, name, depth);
      case "map":
        return Object.fromEntries(keys.slice(0, choices.below(5)).map((key) => [key, this.#scalar(type.of, key)]));
      case "object":
        return this.object(type.fields, depth);
      case "resource":
        return depth === 0 ? undefined : this.row(type.kind, depth - 1);
      default:
        return this.#scalar(type, name);
    }
  }

  #list(of: FieldType, name: string, depth: number): unknown[] {
    const length = this.#choices.below(4);
    const items = Array.from({ length }, () =>
      of.type === "object"
        ? this.object(of.fields, depth)
        : of.type === "resource"
          ? this.row(of.kind, depth - 1)
          : this.#scalar(of, name),
    );
    return depth === 0 && of.type === "resource" ? [] : items;
  }

  object(fields: ReadonlyMap<string, Field>, depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    const incomplete: string[] = [];
    for (const field of fields.values()) {
      if (!this.#names.has(field.name)) continue;
      const value = this.value(field.type, field.name, depth);
      if (value === undefined) continue;
      if (field.source === "stored") {
        made[field.name] = value;
        if (Array.isArray(value) && this.#lost(6)) incomplete.push(field.name);
      } else {
        made[`@${field.name}`] =
          Array.isArray(value) && this.#lost(6) ? new IncompleteList(value, "a list refused") : value;
      }
    }
    if (incomplete.length > 0) made.incomplete = incomplete;
    return made;
  }

  row(kind: string, depth: number): Row {
    return { ...this.object(kinds.get(kind)?.fields ?? new Map(), depth), id: this.#choices.pick(scopes) };
  }
}

/** Relations and computed fields stand in the row under `@name`, where no stored field can be. */
export function worldOf(unreadScopes: ReadonlySet<string> = new Set()): World {
  return {
    now: Date.parse("2024-09-01T00:00:00Z"),
    field: (kind, name, row) =>
      row[`@${name}`] === undefined ? new Unread(`${kind}.${name} was not read`) : row[`@${name}`],
    can: () => "the grants were not read",
    within: (inner, outer) =>
      unreadScopes.has(inner) || unreadScopes.has(outer) ? new Unread("a scope's ancestors") : inner.startsWith(outer),
  };
}

// ---- Making things unread

export type Container = Record<string, unknown>;

function copy(value: unknown): unknown {
  if (value instanceof Unread) return value;
  if (value instanceof IncompleteList) return new IncompleteList(value.items.map(copy), value.cause);
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each)]));
}

/** A map is read or unread as a whole: an entry that is not there is known not to be there. */
const maps: ReadonlySet<string> = new Set(["tags", "sizes"]);

/** Every property in a resource, in its nested objects, its lists and its relations. */
function properties(value: unknown, inRow: boolean): [Container, string][] {
  if (value instanceof Unread) return [];
  if (value instanceof IncompleteList) return value.items.flatMap((each) => properties(each, inRow));
  if (Array.isArray(value)) return value.flatMap((each: unknown) => properties(each, inRow));
  if (typeof value !== "object" || value === null) return [];
  const container = value as Container;
  return Object.keys(container).flatMap((key): [Container, string][] => {
    if (key === "incomplete") return [];
    const own: [Container, string][] = inRow && key === "id" ? [] : [[container, key]];
    const inside = maps.has(key) ? [] : properties(container[key], key.startsWith("@"));
    return [...own, ...inside];
  });
}

/** The same resource with less of it read. */
export function lessRead(row: Row, choices: Choices): Row {
  const made = copy(row) as Row;
  for (let times = 1 + choices.below(3); times > 0; times--) {
    const found = choices.pick(properties(made, true));
    if (found === undefined) return made;
    const [container, key] = found;
    const value = container[key];
    const items = value instanceof IncompleteList ? value.items : Array.isArray(value) ? (value as unknown[]) : null;
    const relation = key.startsWith("@");
    if (items === null || choices.once(3)) {
      if (choices.once(6) && value !== null && value !== 12345.5 && value !== "wrong")
        container[key] = typeof value === "number" ? "wrong" : 12345.5;
      else if (relation) container[key] = new Unread("refused");
      else delete container[key];
      continue;
    }
    const kept = choices.once(3) ? items : items.filter(() => choices.below(2) === 1);
    if (relation) {
      container[key] = new IncompleteList(kept, "a list refused");
    } else {
      container[key] = kept;
      container.incomplete = [...new Set([...((container.incomplete as string[] | undefined) ?? []), key])];
    }
  }
  return made;
}

// ---- What the compiler answers

/** A value that a compiled expression gave, as the reference would have it. */
export function seen(value: unknown, type: Type): Value {
  if (value instanceof Unread) return new Unknown(value.cause);
  if (value === null) return null;
  switch (type.type) {
    case "timestamp":
      return new Instant(value as number);
    case "duration":
      return new Span(value as number);
    case "int":
      return Number.isSafeInteger(value) ? BigInt(value as number) : new Unknown(`${String(value)} is no int`);
    case "list": {
      const incomplete = value instanceof IncompleteList;
      const items = incomplete ? value.items : (value as readonly unknown[]);
      return new List(
        items.map((each) => seen(each, type.of)),
        !incomplete,
      );
    }
    case "string":
      return type.ignoreCase ? new Folded(value as string) : (value as string);
    case "bool":
    case "double":
      return value as boolean | number;
    case "null":
    case "any":
      throw new Error(`a value of type ${type.type}`);
    default:
      return lift(value, type as FieldType);
  }
}
