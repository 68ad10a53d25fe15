/** A text that the service always sends. @throws TypeError where it is none, or empty */
export function textIn(value: unknown): string {
  if (typeof value !== "string" || value.trim() === "") throw new TypeError("no text");
  return value;
}

/** A map that the service always sends. @throws TypeError where it is none */
export function mapIn<Value extends object>(value: Value | null | undefined): Value {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("no map");
  return value;
}

/** A list that the service always sends. @throws TypeError where it is none */
export function listIn<Item>(value: readonly Item[] | null | undefined): readonly Item[] {
  if (!Array.isArray(value)) throw new TypeError("no list");
  return value;
}
