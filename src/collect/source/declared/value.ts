/**
 * A resource that an expression names: what is known of its id.
 */
export interface Target {
  /** In lower case, as in microsoft.storage/storageaccounts; null where the files do not tell. */
  type: string | null;
  /** What it may be called; `*` stands for what the files do not tell. */
  names: readonly string[];
  /** Its ids, as far as they are told; `*` stands for the rest. */
  ids: readonly string[];
}

/** What an expression says: texts in which `*` stands for whatever the files do not tell, and the resource that it is of. */
export interface Text {
  texts: readonly string[];
  /** The resource whose attribute it is; null where it is of none, or nobody can tell. */
  of: Target | null;
}

/** What an expression comes to. */
export type Value = Text | { list: readonly Value[] } | { map: ReadonlyMap<string, Value> };

/** Any text at all. */
export const anything: Text = { texts: ["*"], of: null };

/** How many texts one expression may come to; what comes to more may be anything. */
const most = 32;

export function textOf(value: Value): Text {
  return "texts" in value ? value : anything;
}

/** One text, said as it is. */
export function said(...texts: readonly string[]): Text {
  // A star that is meant as itself is as good as unknown: no name of a resource holds one.
  return { texts: texts.map(squeezed), of: null };
}

/** Text after text, in every combination. */
export function joined(parts: readonly Text[]): Text {
  if (parts.length === 1) return parts[0] ?? anything;
  let texts = [""];
  for (const part of parts) {
    if (texts.length * part.texts.length > most) return anything;
    texts = texts.flatMap((before) => part.texts.map((each) => before + each));
  }
  return { texts: [...new Set(texts.map(squeezed))], of: null };
}

/** One or the other. */
export function either(values: readonly Value[]): Value {
  const [first] = values;
  if (first === undefined) return anything;
  if (values.length === 1) return first;
  if (!values.every((each) => "texts" in each)) return anything;
  const texts = [...new Set(values.flatMap((each) => textOf(each).texts))];
  if (texts.length > most) return anything;
  const ofs = values.map((each) => textOf(each).of);
  return { texts, of: ofs.every((each) => each === ofs[0]) ? (ofs[0] ?? null) : null };
}

export function mapped({ texts }: Text, change: (text: string) => string): Text {
  return { texts: texts.map(change), of: null };
}

/** Whether a text says all of itself. */
export function isTold(text: string): boolean {
  return !text.includes("*");
}

function squeezed(text: string): string {
  return text.length > 500 ? "*" : text.replace(/\*{2,}/g, "*");
}
