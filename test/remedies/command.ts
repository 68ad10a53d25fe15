import { readFileSync } from "node:fs";
import { Refused, words } from "./words.ts";

/** A flag of a command, or a word that stands by itself (`NAME`). */
interface Flag {
  names: readonly string[];
  required: boolean;
  /** How many values it takes: one, one or none, one or more, any number, none. */
  takes: "one" | "?" | "+" | "*" | "0";
  /** The values there are; null: any. */
  values: readonly string[] | null;
}

const written: Record<string, string[]> = JSON.parse(
  readFileSync(new URL("flags.json", import.meta.url), "utf8"),
) as Record<string, string[]>;

/** What every command of the Azure CLI takes beside its own flags. */
const everywhere = ["--output -o =json|jsonc|none|table|tsv|yaml|yamlc", "--query", "--only-show-errors 0"];

function flagOf(text: string): Flag {
  const flag: Flag = { names: [], required: false, takes: "one", values: null };
  const names: string[] = [];
  for (const part of text.split(" ")) {
    if (part === "!") flag.required = true;
    else if (part === "?" || part === "+" || part === "*" || part === "0") flag.takes = part;
    else if (part.startsWith("=")) flag.values = part.slice(1).split("|");
    else names.push(part);
  }
  return { ...flag, names };
}

/** Every command that there is here: `az` or `prefect` and its subcommand. */
export const commands: readonly string[] = Object.keys(written);

/** The flags of a command that are known. */
const known = new Map(
  Object.entries(written).map(([name, flags]) => [
    name,
    [...flags, ...(name.startsWith("az ") ? everywhere : [])].map(flagOf),
  ]),
);

/** A command as it was given: its name, and the values of its flags. */
export class Given {
  readonly name: string;
  readonly #values: ReadonlyMap<Flag, readonly string[]>;

  constructor(name: string, values: ReadonlyMap<Flag, readonly string[]>) {
    this.name = name;
    this.#values = values;
  }

  /** The values of a flag, by any of its names; undefined where it was not given. */
  #of(flag: string): readonly string[] | undefined {
    for (const [each, values] of this.#values) if (each.names.includes(flag)) return values;
    return undefined;
  }

  has(flag: string): boolean {
    return this.#of(flag) !== undefined;
  }

  many(flag: string): readonly string[] {
    return this.#of(flag) ?? [];
  }

  maybe(flag: string): string | undefined {
    return this.#of(flag)?.[0];
  }

  one(flag: string): string {
    const value = this.maybe(flag);
    if (value === undefined) throw new Refused(`${this.name} needs ${flag} here`);
    return value;
  }

  /** Refuses a command with a flag whose effect is not known here. */
  only(...flags: string[]): void {
    const more = [...this.#values.keys()].find(
      ({ names }) => !names.some((each) => [...flags, ...ignored].includes(each)),
    );
    if (more !== undefined) throw new Refused(`what ${more.names[0]} of ${this.name} does is not known here`);
  }
}

const ignored = ["--output", "--query", "--only-show-errors", "--subscription", "--yes", "--no-wait", "--prompt"];

/**
 * A line as the command that it is. A subcommand or a flag that does not exist, a value that a flag does not have and a
 * flag that is missing are refused.
 * @param file what stands in a file; the Azure CLI puts it in place of any @<file>
 */
export function parse(line: string, file: (name: string) => string): Given {
  return given(words(line), file);
}

/** As `parse`, for words that a shell has taken apart already. */
export function given([program = "", ...rest]: readonly string[], file: (name: string) => string): Given {
  let length = rest.findIndex((each) => each.startsWith("-"));
  if (length === -1) length = rest.length;
  while (length > 0 && !known.has([program, ...rest.slice(0, length)].join(" "))) length--;
  const name = [program, ...rest.slice(0, length)].join(" ");
  const flags = known.get(name);
  if (flags === undefined) throw new Refused(`there is no such command: ${[program, ...rest].join(" ")}`);
  const values = new Map<Flag, string[]>();
  const alone = flags.filter((each) => !each.names[0]?.startsWith("-"));
  const left = rest.slice(length);
  const isFlag = (word: string | undefined): boolean => word !== undefined && /^--?[a-z]/.test(word);
  while (left.length > 0) {
    let word = left.shift() ?? "";
    const equals = /^(--[a-z-]+)=(.*)$/s.exec(word);
    if (equals !== null) {
      word = equals[1] ?? "";
      left.unshift(equals[2] ?? "");
    }
    const flag = isFlag(word) ? flags.find((each) => each.names.includes(word)) : alone.shift();
    if (flag === undefined) throw new Refused(`${name} does not take ${word}`);
    const first = flag.names[0] ?? "";
    // Only a list may be given in several parts, and only in Prefect.
    if (values.has(flag) && !(program === "prefect" && flag.takes === "+"))
      throw new Refused(`${name} is given ${first} twice`);
    const own = values.get(flag) ?? [];
    values.set(flag, own);
    if (!isFlag(word)) own.push(word);
    else if (flag.takes === "one" || (program === "prefect" && flag.takes === "+"))
      own.push(left.shift() ?? missing(first));
    else if (flag.takes === "?") own.push(isFlag(left[0]) ? "true" : (left.shift() ?? "true"));
    else if (flag.takes !== "0") {
      while (left.length > 0 && !isFlag(left[0])) own.push(left.shift() ?? "");
      if (flag.takes === "+" && own.length === 0) missing(first);
    }
    if (program === "az")
      for (const [at, each] of own.entries()) if (each.startsWith("@")) own[at] = file(each.slice(1));
    // The CLI compares without regard to case.
    const stray =
      flag.values && own.find((each) => !flag.values?.some((one) => one.toLowerCase() === each.toLowerCase()));
    if (typeof stray === "string") throw new Refused(`${first} of ${name} is never ${stray}`);
  }
  const absent = flags.find((each) => each.required && !values.has(each));
  if (absent !== undefined) throw new Refused(`${name} lacks ${absent.names[0]}`);
  return new Given(name, values);
}

function missing(flag: string): never {
  throw new Refused(`${flag} has no value`);
}
