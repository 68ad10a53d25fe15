import type { Secret } from "../prefect/leaks.ts";
import { type Credential, credentials, type Generator, generator } from "../secrets/generate.ts";
import { isLink, isWord } from "./wiring.ts";

/** A credential, and where it was put. */
export interface Planted {
  place: string;
  /** As `credentials` names it. */
  kind: string;
  value: string;
}

const kinds = Object.keys(credentials);

/** Makes credentials of every kind, each once, and remembers where each was put. */
export class Planter {
  readonly planted: Planted[] = [];
  readonly #make: Generator;
  readonly #turns = new Map<string, number>();
  /** The places that hold one of every kind. */
  readonly #whole = new Set<string>();

  constructor(seed: number) {
    this.#make = generator(seed);
  }

  /** What may stand nowhere, by where it was put. */
  get secrets(): Secret[] {
    return this.planted.map(({ place, kind, value }) => ({ name: `${kind} in ${place}`, value }));
  }

  /** A new credential of a kind that stands at a place. */
  of(place: string, kind: string): Credential {
    const made = credentials[kind]?.(this.#make);
    if (made === undefined) throw new Error(`no generator for ${kind}`);
    this.planted.push({ place, kind, value: made.hidden });
    return made;
  }

  /** A text with a credential of another kind each time. */
  one(place: string): string {
    const turn = this.#turn(place);
    return this.of(place, kinds[turn % kinds.length] ?? "").text;
  }

  /** A text with a credential of every kind, each on a line of its own. */
  all(place: string): string {
    return kinds.map((kind) => this.of(place, kind).text).join("\n");
  }

  /** A text with a credential of every kind for each of them. */
  each(place: string): string[] {
    return kinds.map((kind) => this.of(place, kind).text);
  }

  /**
   * Everything that may stand inside an object which people fill: under names that tell, deeper in, in JSON, as a key, and
   * encoded. Each kind stands there in one of these ways, and at the next place in the next one.
   */
  values(place: string): Record<string, unknown> {
    const ways: ((kind: string, name: string) => Record<string, unknown>)[] = [
      (kind, name) => ({ [name]: this.of(`${place}, under a telling name`, kind).value }),
      (kind, name) => ({ [`in ${name}`]: { list: [{ [name]: this.of(`${place}, deeper`, kind).value }] } }),
      (kind, name) => ({ [`j ${name}`]: JSON.stringify({ [name]: this.of(`${place}, in JSON`, kind).value }) }),
      (kind) => ({ [this.of(`${place}, as a key`, kind).text]: "x" }),
      (kind, name) => ({ [`b ${name}`]: Buffer.from(this.of(`${place}, in base64`, kind).text).toString("base64") }),
      (kind, name) => ({ [`p ${name}`]: encodeURIComponent(this.of(`${place}, percent-encoded`, kind).text) }),
      (kind, name) => ({ [`t ${name}`]: `before\n${this.of(`${place}, in lines`, kind).text}\nafter` }),
    ];
    const first = this.#turn("values");
    return Object.assign(
      {},
      ...kinds.map((kind, index) => {
        const short = (credentials[kind]?.(generator(1)).value.length ?? 0) < 16;
        const names = short ? ["password", "SQL_PASSWORD"] : ["password", "client_secret", "apiToken", "account_key"];
        const name = `${kind.replace(/\W+/g, "_")}_${names[index % names.length]}`;
        return ways[(first + index) % ways.length]?.(kind, name);
      }),
    );
  }

  #turn(place: string): number {
    const turn = this.#turns.get(place) ?? 0;
    this.#turns.set(place, turn + 1);
    return turn;
  }

  /**
   * Puts credentials into everything below a value: a text of every kind into one text of each place, one of another kind
   * into each of the others, and more of them as keys. A place is where a text stands whatever the index, the id or the name
   * around it, so that what a service answers newly is planted too. Words that a service knows are planted every second time.
   * @param isFirst whether it is the first of several
   */
  everywhere(value: unknown, place: string, isFirst = false): void {
    if (typeof value !== "object" || value === null) return;
    for (const [key, below] of Object.entries(value)) {
      const isList = Array.isArray(value);
      const inside = `${place}${isList ? "[]" : `.${isName(key) || isByName.test(place) ? "<name>" : key}`}`;
      const first = isList && value.length > 1 ? key === "0" : isFirst;
      if (typeof below === "string") Reflect.set(value, key, this.#instead(inside, below, first));
      else this.everywhere(below, inside, first);
    }
    if (!Array.isArray(value) && place.includes("[]") && !maps.test(place)) this.#addKeys(value, place);
  }

  #instead(place: string, text: string, isFirst: boolean): string {
    if (isLink(place, text)) return text;
    // What people fill is read alike wherever it stands inside.
    const spot = place.replace(isInside, "$1.**");
    const turn = this.#turn(spot);
    if (turn > 40 || (turn % 2 === 0 && isWord(place))) return text;
    // The first thing holds credentials wherever it can, and a finding for each of them would repeat its name.
    if (!this.#whole.has(spot) && !(isFirst && /name$/i.test(place))) {
      this.#whole.add(spot);
      return `${text}\n${this.all(spot)}`;
    }
    return turn % 2 === 0 ? this.one(`${spot}, alone`) : `${text} ${this.one(`${spot}, alone`)}`;
  }

  #addKeys(object: object, place: string): void {
    if (this.#turn(`${place.replace(isInside, "$1.**")}{}`) > 0) return;
    if (isFilled.test(place)) Object.assign(object, { planted: this.values(place) });
    for (const text of this.each(`${place}, as a key`)) Reflect.set(object, text, "x");
  }
}

const filled =
  "data|parameters|job_variables|env|payload|job_configuration|context|pull_steps\\[\\]|resource|typeProperties|variables\\[\\]\\.value";
/** Objects that people fill as they like. */
const isFilled = new RegExp(`\\.(?:${filled})$`);
/** What stands inside one. */
const isInside = new RegExp(`^(.*?\\.(?:${filled}))(?:\\.|\\[).*$`);

/** Objects whose members are things with names: environments, workspaces, vaults, parameters, fields of a schema. */
const isByName =
  /(?:^|\.)(?:prefect|contents|keyVault|lake|artifacts|synapse\.roleAssignments|groupMembers|botKeys|parameters|definitions|variables(?:\.properties)?|parameter_openapi_schema\.properties|tags|data|payload|job_variables|env|labels|match|match_related)$/;

/** Maps whose keys are ids. */
const maps = /userAssignedIdentities$/;

/** A key that names one thing of many. */
function isName(key: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key) || /[/.@ ]/.test(key);
}
