/** How a function is written: before its first argument, as in `size(x)`, or after it, as in `x.size()`. */
export interface Signature {
  readonly forms: readonly ("call" | "method")[];
  /** The number of arguments, the one before the dot counted. */
  readonly arity: number;
  /** As error messages and the documentation show it. */
  readonly usage: string;
}

/** Every function of the language but the quantifiers and has. */
export const functions: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ["size", { forms: ["call", "method"], arity: 1, usage: "size(list)" }],
  ["startsWith", { forms: ["method"], arity: 2, usage: 'text.startsWith("…")' }],
  ["endsWith", { forms: ["method"], arity: 2, usage: 'text.endsWith("…")' }],
  ["contains", { forms: ["method"], arity: 2, usage: 'text.contains("…")' }],
  ["matches", { forms: ["call", "method"], arity: 2, usage: 'text.matches("pattern")' }],
  ["lowerAscii", { forms: ["method"], arity: 1, usage: "text.lowerAscii()" }],
  ["distinct", { forms: ["call", "method"], arity: 1, usage: "distinct(list)" }],
  ["duration", { forms: ["call"], arity: 1, usage: 'duration("90d")' }],
  ["timestamp", { forms: ["call"], arity: 1, usage: 'timestamp("2026-01-31T00:00:00Z")' }],
  ["allows", { forms: ["call"], arity: 2, usage: 'allows(role, "Microsoft.Storage/storageAccounts/write")' }],
  ["allowsData", { forms: ["call"], arity: 2, usage: 'allowsData(role, "Microsoft.Storage/…/blobs/read")' }],
  ["can", { forms: ["call"], arity: 3, usage: 'can(principal, "Microsoft.Storage/storageAccounts/write", scope)' }],
  ["canData", { forms: ["call"], arity: 3, usage: 'canData(principal, "Microsoft.Storage/…/blobs/read", scope)' }],
  ["canEscalate", { forms: ["call"], arity: 1, usage: "canEscalate(principal)" }],
  ["restricts", { forms: ["call"], arity: 2, usage: 'restricts(r.condition, "Microsoft.Authorization/…/write")' }],
  ["within", { forms: ["call"], arity: 2, usage: "within(scope, scope)" }],
]);

export const quantifiers: ReadonlySet<string> = new Set(["exists", "all", "exists_one", "filter", "map"]);

/** Everything that can be called. */
export const functionNames: readonly string[] = [...functions.keys(), ...quantifiers, "has"];
