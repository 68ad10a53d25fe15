import { isDeepStrictEqual } from "node:util";
import { type PlannedValue, unknown } from "../plan.ts";

/** What can be said of a value that was made of an answer with unknown parts. */
interface Partial<Made> {
  /** What holds whatever the unknown parts turn out to be. */
  made: Made;
  /** The fields that depend on them. */
  unread: readonly string[];
  /** The list fields of which only some elements are known. */
  incomplete: readonly string[];
}

/**
 * What a maker of rows makes of an answer in which parts are unknown, told by trying: the maker is given the answer with
 * each of many different values in their place, and what comes out the same each time does not depend on them. So the
 * makers of `collect` serve plans as they are.
 * @returns null where the maker makes nothing of it whatever the unknown parts are
 * @throws what the maker throws, where nothing is unknown
 */
function partlyMade<Made extends object>(
  answer: { readonly [name: string]: PlannedValue },
  make: (answer: object) => Made | null,
): Partial<Made> | null {
  if (!holdsUnknown(answer)) {
    const made = make(answer);
    return made && { made, unread: [], incomplete: [] };
  }
  const made: Made[] = [];
  for (const whole of holdsOpenList(answer) ? [false, true] : [false])
    for (const stand of stands) {
      const one = tried(make, filled(answer, stand, whole, { next: 0 }) as object);
      if (one !== null) made.push(one);
    }
  const [first] = made;
  if (first === undefined) return null;
  const unread: string[] = [];
  const incomplete: string[] = [];
  const common: Record<string, unknown> = {};
  for (const name of new Set(made.flatMap((each) => Object.keys(each)))) {
    const values = made.map((each) => (each as Record<string, unknown>)[name]);
    const found = agreed(values);
    if (found === null) {
      unread.push(name);
      continue;
    }
    common[name] = found.value;
    if (found.short) incomplete.push(name);
  }
  return { made: common as Made, unread, incomplete };
}

/** The same; null too where the answer is known whole and of another shape than the service documents. */
export function attempted<Made extends object>(
  answer: { readonly [name: string]: PlannedValue },
  make: (answer: object) => Made | null,
): Partial<Made> | null {
  try {
    return partlyMade(answer, make);
  } catch (error) {
    if (error instanceof ReferenceError) throw error;
    // Whoever asked tells it as undecided.
    return null;
  }
}

/**
 * An answer with unknown in the place of everything that a maker looks for and does not find: what a request leaves out
 * stays in some services, and falls back to a default in others.
 */
export function withLeftOut(
  answer: { readonly [name: string]: PlannedValue },
  make: (answer: object) => object | null,
): { readonly [name: string]: PlannedValue } {
  const missing: (readonly string[])[] = [];
  const watched = (value: unknown, path: readonly string[]): unknown => {
    if (!isPlainObject(value)) return value;
    return new Proxy(value, {
      get: (own, name) => {
        if (typeof name === "symbol" || name in Object.prototype) return Reflect.get(own, name);
        if (!Object.hasOwn(own, name)) missing.push([...path, name]);
        return watched(own[name], [...path, name]);
      },
    });
  };
  tried(
    make,
    watched(
      filled(answer, () => "", false, { next: 0 }),
      [],
    ) as object,
  );
  return missing.reduce(withUnknownAt, answer);
}

function withUnknownAt(
  value: { readonly [name: string]: PlannedValue },
  [first = "", ...rest]: readonly string[],
): { readonly [name: string]: PlannedValue } {
  const inside = value[first];
  if (rest.length === 0) return { ...value, [first]: unknown };
  return isPlainObject(inside)
    ? { ...value, [first]: withUnknownAt(inside as { readonly [name: string]: PlannedValue }, rest) }
    : value;
}

/** Whether any part of a value is unknown. */
export function holdsUnknown(value: PlannedValue | undefined): boolean {
  if (value === unknown) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsUnknown);
}

/**
 * What stands in the place of an unknown part, of every form that a service answers; a text is another one in each place.
 * Absent: the part is left out.
 */
const absent = Symbol("left out");
type Stand = (place: number) => unknown;
const plain: readonly Stand[] = [
  () => true,
  () => false,
  () => 7,
  ...["https://a", "https://b"].map((start) => (place: number) => `${start}${place}.invalid/`),
  ...["a", "b"].map(
    (digit) => (place: number) => `${digit.repeat(8)}-0000-0000-0000-${String(place).padStart(12, "0")}`,
  ),
  (place) => `192.0.2.${place % 250}`,
  (place) => new Date(place * 1000).toISOString(),
  (place) => `P${place + 1}D`,
  (place) => `/subscriptions/aaaaaaaa-0000-0000-0000-${String(place).padStart(12, "0")}`,
];
/** Words on which a maker decides something. */
const words: readonly Stand[] = [
  ...["AzureBlobFS", "ManagedIdentity", "DynamicMembership", "HiddenMembership", "BuiltInRole", "Rotate", "Notify"],
  ...["Sign", "Enabled", "Allow", "Azure", "Consistent", "SecureString", "AzureKeyVaultSecret"],
].map((word) => () => word);
const objects = plain.map(inObject);
const nested = objects.map(inObject);
/** What artifacts of Synapse and texts that people fill in may hold; it is looked for at every depth. */
const findings: readonly Stand[] = [
  (place) => `https://user:Zt5wQ8${place}xLp3@a${place}.invalid/`,
  (place) => `Server=b${place}.invalid;User ID=c${place};Password=Zt5wQ8${place}xLp3`,
  (place) => ({ type: "SecureString", value: `Zt5wQ8${place}xLp3` }),
  (place) => ({ encryptedCredential: `d${place}` }),
  (place) => ({
    type: "AzureKeyVaultSecret",
    store: { type: "LinkedServiceReference", referenceName: `e${place}` },
    secretName: `f${place}`,
  }),
  ...["LinkedService", "Dataset", "Credential", "IntegrationRuntime"].map(
    (each): Stand =>
      (place) => ({
        type: `${each}Reference`,
        referenceName: `g${place}`,
      }),
  ),
  (place) => ({
    activities: [
      {
        name: `h${place}`,
        type: `I${place}`,
        typeProperties: { authentication: { type: `J${place}`, resource: "k" } },
      },
    ],
  }),
];
const stands: readonly Stand[] = [
  () => absent,
  () => null,
  () => "",
  () => 0,
  () => [],
  () => ({}),
  ...plain,
  ...objects,
  ...nested,
  ...nested.map(inObject),
  ...findings,
  ...findings.map(
    (each): Stand =>
      (place) => ({ type: `L${place}`, typeProperties: each(place) }),
  ),
  ...findings.map(inObject),
  ...words,
  ...[...plain, ...words].map(inList).map(inObject),
  ...[...plain, ...words, ...objects, ...nested, ...findings].map(inList),
];

function inList(inner: Stand): Stand {
  return (place) => [inner(place)];
}

/** An object that holds a value under every name that it is asked for, as nobody knows which a service would answer. */
function inObject(inner: Stand, index: number): Stand {
  return (place) => {
    const value = inner(place);
    return new Proxy(
      // How many there are differs too.
      { [`any${index}`]: value, ...(index % 2 === 1 && { [`more${index}`]: value }) },
      {
        get: (own, name) => {
          if (typeof name === "symbol" || name in Object.prototype) return Reflect.get(own, name);
          // What is named in the plural is a list as often as not.
          return index % 2 === 1 && /[^s]s$/.test(name) ? [value] : value;
        },
        has: (own, name) => typeof name === "string" || Reflect.has(own, name),
      },
    );
  };
}

/** Whether a list has elements of which nothing is known: so its length and its order are not either. */
function holdsOpenList(value: PlannedValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  const inside = Object.values(value) as readonly PlannedValue[];
  return (Array.isArray(value) && inside.includes(unknown)) || inside.some(holdsOpenList);
}

/** @param whole whether a list that holds something unknown is left open as a whole, because its length or order may be */
function filled(
  value: PlannedValue,
  stand: (place: number) => unknown,
  whole: boolean,
  places: { next: number },
): unknown {
  if (value === unknown) return stand(places.next++);
  if (Array.isArray(value)) {
    if (whole && (value as readonly PlannedValue[]).some((each) => each === unknown)) return stand(places.next++);
    return (value as readonly PlannedValue[]).map((each) => {
      const made = filled(each, stand, whole, places);
      return made === absent ? null : made;
    });
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [name, filled(each, stand, whole, places)] as const);
  return Object.fromEntries(entries.filter(([, each]) => each !== absent));
}

function tried<Made>(make: (answer: object) => Made | null, answer: object): Made | null {
  try {
    return make(answer);
  } catch {
    // Not what this part can be: a maker refuses a form that the service does not document.
    return null;
  }
}

/** What several values have in common; null where they agree in nothing. `short`: a list lacks elements. */
function agreed(values: readonly unknown[]): { value: unknown; short: boolean } | null {
  const [first] = values;
  if (values.every((each) => isDeepStrictEqual(each, first))) return { value: first, short: false };
  if (values.every(Array.isArray)) return agreedList(values as readonly unknown[][]);
  if (!values.every(isPlainObject)) return null;
  const common: Record<string, unknown> = {};
  for (const name of new Set(values.flatMap(Object.keys))) {
    const found = agreed(values.map((each) => each[name]));
    // A list inside an object has no place where it could be told to be short.
    if (found !== null && !found.short) common[name] = found.value;
  }
  return { value: common, short: false };
}

function agreedList(lists: readonly unknown[][]): { value: unknown[]; short: boolean } {
  const [first = []] = lists;
  if (lists.some(({ length }) => length !== first.length)) {
    const common = first.filter((one) => lists.every((list) => list.some((each) => isDeepStrictEqual(each, one))));
    return { value: common, short: true };
  }
  const elements = first.map((_, index) => agreed(lists.map((list) => list[index])));
  const known = elements.filter((each) => each !== null);
  return {
    value: known.map(({ value }) => value),
    short: known.length < first.length || known.some(({ short }) => short),
  };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
