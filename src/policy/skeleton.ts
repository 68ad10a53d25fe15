import { stringify } from "yaml";
import { type Field, type FieldType, type Kind, kinds } from "../resources/kinds.ts";

/** A field that a new policy can be about: of the resource, or of an object or another resource that it leads to. */
export interface Subject {
  readonly kind: Kind;
  readonly path: readonly Field[];
}

/** What a new policy says of its subject, with the values that show it. */
interface Claim {
  readonly params: Readonly<Record<string, { type: string; default: unknown; description: string }>>;
  /** Whether the policy is about a resource only where the subject is not null. */
  readonly guarded: boolean;
  readonly require: string;
  /** The end of the message. */
  readonly told: string;
  readonly pass: Shown;
  readonly fail: readonly Shown[];
  readonly now: string | null;
}

/** What a new policy says until a person says it, by what they say it of. */
const unsaid = {
  criterion: "Say how this supports the criterion.",
  rationale: "Say what can happen where this does not hold.",
  remediation: "Say how to mend it.",
} as const;

/** The texts of a new policy that a person has not replaced yet, with the line of each. */
export function unsaidIn(text: string): { line: number; said: string }[] {
  return text.split("\n").flatMap((content, at) => {
    const said = Object.values(unsaid).find((each) => content.includes(each));
    return said === undefined ? [] : [{ line: at + 1, said }];
  });
}

/** A value of the subject, and what an example with it is called. */
interface Shown {
  readonly name: string;
  readonly value: unknown;
}

/** The resources that a policy is about, by the value of a field, such as service principals by their type. */
interface Narrowing {
  readonly field: Field;
  readonly value: string;
  readonly other: string;
}

/** Fields that every resource has or that only name it: a policy is seldom about them. */
const general = new Set([
  ...["id", "uuid", "api", "name", "displayName", "description", "environments", "kind", "location", "tenantId"],
  ...["created", "createdOn", "updated", "updatedOn", "createdBy", "subscriptionId", "workspaceId"],
]);

/** What a policy is rather about where a question leaves the choice. */
const preference = ["bool", "timestamp", "list", "int", "double", "string", "object", "resource", "map", "duration"];

const moment = "2026-06-30T00:00:00Z";
const day = 86_400_000;

/** Everything that a new policy over a kind can be about. */
export function subjectsOf(kind: Kind): Subject[] {
  const paths: Field[][] = [];
  for (const field of kind.fields.values()) {
    if (field.name === "id") continue;
    paths.push([field]);
    for (const inner of fieldsOf(field.type)?.values() ?? []) if (inner.name !== "id") paths.push([field, inner]);
  }
  return paths.filter((path) => isAskable(leafOf(path).type)).map((path) => ({ kind, path }));
}

function fieldsOf(type: FieldType): ReadonlyMap<string, Field> | undefined {
  if (type.type === "object") return type.fields;
  return type.type === "resource" ? kinds.get(type.kind)?.fields : undefined;
}

function leafOf(path: readonly Field[]): Field {
  const leaf = path.at(-1);
  if (leaf === undefined) throw new Error("a path has a field");
  return leaf;
}

/** Of an object that is always there, and of an enum with one value, nothing can be asked. */
function isAskable(type: FieldType): boolean {
  if (type.type === "object" || type.type === "resource") return type.nullable;
  return type.type !== "string" || type.enum === null || type.enum.length > 1;
}

/** The subject that a question is most likely about, and whether any word of it led there. */
export function subjectOf(kind: Kind, question: string | null): { subject: Subject; found: boolean } {
  const subjects = subjectsOf(kind);
  const telling = wordsOf(question ?? "").filter((word) => !idle.has(word) && !/^\d+$/.test(word));
  // The kind's own name is in every question about it.
  const own = wordsOf(kind.name);
  const asked = distinct(telling.filter((word) => !own.some((each) => alike(each, word))).flatMap(meant));
  const described = subjects.map((subject) => wordsOf(leafOf(subject.path).description));
  const named = subjects.map((subject) => wordsOf(leafOf(subject.path).name));
  const above = subjects.map(({ path }) => (path.length > 1 ? wordsOf(path[0]?.name ?? "") : []));
  const scores = subjects.map(() => 0);
  for (const word of asked) {
    // How much of the name the word is.
    const inName = named.map((words) => words.filter((each) => alike(each, word)).length / words.length);
    const inText = described.map((words) => words.some((each) => alike(each, word)));
    // A word that many fields have in common tells little.
    const weight = 1 / Math.max(1, inText.filter((is, at) => is || (inName[at] ?? 0) > 0).length);
    inName.forEach((part, at) => {
      const score = part > 0 ? (weight + 0.5) * (1 + part * 3) : inText[at] === true ? weight : 0;
      scores[at] = (scores[at] ?? 0) + score;
    });
  }
  const ranked = subjects
    .map((subject, at) => {
      const led = (above[at] ?? []).some((each) => asked.some((word) => alike(each, word)));
      // Whether something is on is the first thing that is asked of an object.
      const own = (scores[at] ?? 0) + (led && /^(state|enabled)$/.test(leafOf(subject.path).name) ? 1 : 0);
      return { subject, score: subject.path.length === 1 ? own : own * (led ? 1.2 : 0.3), at };
    })
    .sort((a, b) => b.score - a.score || rank(a.subject) - rank(b.subject) || a.at - b.at);
  const [best] = ranked;
  if (best === undefined) throw new Error(`${kind.name} has no fields`);
  return { subject: best.subject, found: best.score > 0 };
}

function rank({ path }: Subject): number {
  const { name, type } = leafOf(path);
  const at = type.type === "string" && type.enum !== null ? 1.5 : preference.indexOf(type.type);
  return at + (general.has(name) ? 100 : 0) + (path.length - 1) * 200;
}

/** Words of a question that name nothing. */
const idle = new Set(
  "a an and any are as at be by can do does each every for from has have holds how in is it its may must no not of on one only or should than that the their there they to was were what when where which who will with within without never older longer more less least most hour hours day days week weeks month months year years".split(
    " ",
  ),
);

/** The words of a text or of a name such as softDeleteRetentionDays, in lower case. */
function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
}

/** Whether two words have the same stem, as expire and expiry, or secret and secrets. */
function alike(a: string, b: string): boolean {
  if (a === b) return true;
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  return same >= Math.max(4, Math.min(a.length, b.length) - 2) || (same >= 3 && `${a}s` === b) || a === `${b}s`;
}

/** A word with others that the fields say for it. */
function meant(word: string): string[] {
  if (/^expir/.test(word)) return [word, "end", "expires"];
  if (/^(age|old|rotat\w*|renew\w*)$/.test(word)) return [word, "start", "created", "updated"];
  return [word];
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)];
}

/** The values of an enum, or those that the description of a text lists, as in "Enabled or Disabled". */
function valuesOf({ type, description }: Field): readonly string[] {
  if (type.type !== "string") return [];
  if (type.enum !== null) return type.enum;
  const listed = /((?:\b[A-Z]\w+, )*\b[A-Z]\w+),? or ([A-Z]\w+)/.exec(description) ?? [];
  return distinct(listed.slice(1).flatMap((each) => each.split(", ")));
}

/** The value that a question names among those of another field, as in "Does every service principal …?". */
function narrowingOf({ kind, path }: Subject, question: string): Narrowing | null {
  const asked = ` ${wordsOf(question).join(" ")} `;
  for (const field of kind.fields.values()) {
    if (field === path[0]) continue;
    // Whether something is on is seldom what tells resources apart.
    const values = valuesOf(field).filter((each) => !/^(en|dis)abled$/i.test(each));
    const value = values.find((each) => new RegExp(` ${wordsOf(each).join(" ")}s? `).test(asked));
    const other = values.find((each) => each !== value);
    if (value !== undefined && other !== undefined) return { field, value, other };
  }
  return null;
}

/** What the wording of a question decides. */
interface Wording {
  readonly words: readonly string[];
  readonly negative: boolean;
  readonly atLeast: boolean;
  readonly single: boolean;
  readonly number: number | null;
  readonly duration: string | null;
}

const negations = new Set(
  "no not none never neither nor without lack lacks nobody nothing off disabled closed forbidden refused".split(" "),
);
/** Names of what protects: to be asked for, however a question turns it. */
const protective = /protect|encrypt|secur|audit|lock|retention|require|firewall|private|diagnostic/i;

function wordingOf(question: string): Wording {
  const words = wordsOf(question);
  const [, count, unit] = /(\d+)[ -]?(hour|day|week|month|year)s?/i.exec(question) ?? [];
  const days: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365 };
  const inDays = Number(count) * (days[unit?.toLowerCase() ?? ""] ?? 0);
  const number = /(?<![\w.])\d{1,6}(?![\w.])/.exec(question);
  return {
    words,
    // Two of them ask for the thing again, as in "no vault without a lock".
    negative: words.filter((word) => negations.has(word)).length % 2 === 1,
    atLeast: /\b(at least|minimum|least|long enough|enough|or more)\b/i.test(question),
    single: words.some((word) => ["one", "single", "only"].includes(word)),
    number: number === null ? null : Number(number[0]),
    duration: count === undefined ? null : inDays > 0 ? `${inDays}d` : `${count}h`,
  };
}

function claimOf({ path }: Subject, wording: Wording): Claim {
  const { name, type, description } = leafOf(path);
  const x = `r.${path.map((each) => each.name).join(".")}`;
  const plain: Pick<Claim, "params" | "guarded" | "now"> = { params: {}, guarded: false, now: null };
  const about = `${name} is {${x}}`;
  switch (type.type) {
    case "bool": {
      // Null is not what is asked for, whatever the service makes of it.
      const wanted = !wording.negative || protective.test(name);
      const unset = { name: `${name} is not set`, value: null };
      return {
        ...plain,
        require: type.nullable ? `${x} == ${wanted}` : `${wanted ? "" : "!"}${x}`,
        told: about,
        pass: { name: `${name} is ${wanted}`, value: wanted },
        fail: [{ name: `${name} is ${!wanted}`, value: !wanted }, ...(type.nullable ? [unset] : [])],
      };
    }
    case "timestamp": {
      const now = moment;
      const most = wording.duration ?? "90d";
      const span = Number(most.slice(0, -1)) * (most.endsWith("h") ? day / 24 : day);
      const at = (milliseconds: number): string =>
        new Date(Date.parse(moment) + milliseconds).toISOString().replace(".000Z", "Z");
      const param = (what: string) => ({ most: { type: "duration", default: most, description: what } });
      const isAhead = /expir|\bends?\b|until|\bnext\b/i.test(`${wordsOf(name).join(" ")} ${description}`);
      if (!isAhead && type.nullable && wording.negative && wording.duration === null)
        return { ...plain, ...presence(x, name, moment, true) };
      if (!isAhead) {
        return {
          params: param(`How long ago ${name} may be.`),
          guarded: type.nullable,
          require: `now - ${x} <= params.most`,
          told: `${name} was {now - ${x}} ago; {params.most} is the most`,
          pass: { name: `as long ago as is allowed`, value: at(-span) },
          fail: [{ name: "longer ago than is allowed", value: at(-span - day) }],
          now,
        };
      }
      const within = `${x} - now <= params.most`;
      const never = { name: "it has no end", value: null };
      return {
        params: param(`How far ahead ${name} may be.`),
        guarded: false,
        require: type.nullable ? `has(${x}) && ${within}` : within,
        told: `${name} is {${x}}; {params.most} from now is the most`,
        pass: { name: "as far ahead as is allowed", value: at(span) },
        fail: [{ name: "further ahead than is allowed", value: at(span + day) }, ...(type.nullable ? [never] : [])],
        now,
      };
    }
    case "int":
    case "double": {
      const least = wording.atLeast || (/retention/i.test(name) && !/at most|maximum/i.test(wording.words.join(" ")));
      const param = least ? "least" : "most";
      const value = wording.number ?? (least ? 90 : 10);
      const description = `The ${least ? "smallest" : "largest"} ${name} that is in order.`;
      return {
        params: { [param]: { type: type.type, default: value, description } },
        guarded: type.nullable,
        require: `${x} ${least ? ">=" : "<="} params.${param}`,
        told: `${about}; {params.${param}} is the ${param}`,
        pass: { name: "as much as is in order", value },
        fail: [{ name: least ? "less than that" : "more than that", value: least ? value - 1 : value + 1 }],
        now: null,
      };
    }
    case "duration":
      return {
        params: { most: { type: "duration", default: wording.duration ?? "90d", description: `The longest ${name}.` } },
        guarded: type.nullable,
        require: `${x} <= params.most`,
        told: `${about}; {params.most} is the most`,
        pass: { name: "short enough", value: "1h" },
        fail: [{ name: "too long", value: "90000h" }],
        now: null,
      };
    case "list":
    case "map": {
      const element = sample(type.of, 1);
      const many =
        type.type === "list" ? [element, sample(type.of, 2)] : { first: element, second: sample(type.of, 2) };
      const some = type.type === "list" ? [element] : { first: element };
      const none = type.type === "list" ? [] : {};
      // The secrets of a thing are those that stand in it in plain text. Of other lists a negation does not tell what is
      // asked: that there is nothing in them, or that nothing goes without.
      const empty = name === "secrets" && type.of.type === "object";
      const single = !empty && wording.single;
      return {
        ...plain,
        guarded: type.nullable,
        require: `size(${x}) ${empty ? "== 0" : single ? "<= 1" : "> 0"}`,
        told: `there ${empty || single ? "are {size(" : "is nothing in "}${empty || single ? `${x})} ${name}` : name}`,
        pass: empty ? { name: "none", value: none } : { name: "one", value: some },
        fail: [
          single ? { name: "two", value: many } : empty ? { name: "one", value: some } : { name: "none", value: none },
        ],
      };
    }
    case "string": {
      const values = valuesOf(leafOf(path));
      if (values.length > 1) {
        const asked = ` ${wording.words.join(" ")} `;
        const named = values.find((each) => asked.includes(` ${wordsOf(each).join(" ")} `));
        const value = named ?? values[wording.negative ? 1 : 0] ?? "";
        const other = values.find((each) => each !== value) ?? "";
        // The value that is named, such as Disabled, is no negation of itself.
        const others = wording.words.filter((word) => negations.has(word) && word !== named?.toLowerCase());
        const not = named !== undefined && others.length % 2 === 1;
        const [pass, fail] = not ? [other, value] : [value, other];
        const unset = { name: `${name} is not set`, value: null };
        return {
          ...plain,
          require: `${not && type.nullable ? `has(${x}) && ` : ""}${x} ${not ? "!=" : "=="} ${JSON.stringify(value)}`,
          told: about,
          pass: { name: `${name} is ${pass}`, value: pass },
          fail: [{ name: `${name} is ${fail}`, value: fail }, ...(type.nullable ? [unset] : [])],
        };
      }
      if (type.nullable)
        return { ...plain, ...presence(x, name, "something", wording.negative && !protective.test(name)) };
      const [param, require] = wording.negative
        ? ["refused", `!(${x} in params.refused)`]
        : ["allowed", `${x} in params.allowed`];
      const description = `The values of ${name} that are ${wording.negative ? "not in order" : "in order"}.`;
      const [listed, another] = ["a value in the list", "another value"].map((value) => ({ name: value, value }));
      return {
        ...plain,
        params: { [param]: { type: "list<string>", default: [listed?.value], description } },
        require,
        told: about,
        pass: (wording.negative ? another : listed) as Shown,
        fail: [(wording.negative ? listed : another) as Shown],
      };
    }
    default:
      return { ...plain, ...presence(x, name, {}, wording.negative && !protective.test(name)) };
  }
}

function presence(x: string, name: string, value: unknown, negative: boolean) {
  const there = { name: `there is ${name}`, value };
  const absent = { name: `there is no ${name}`, value: null };
  return {
    require: `${negative ? "!" : ""}has(${x})`,
    told: negative ? there.name : absent.name,
    pass: negative ? absent : there,
    fail: [negative ? there : absent],
  };
}

/** A value of an element of a list or a map; `number` tells two apart. */
function sample(type: FieldType, number: number): unknown {
  switch (type.type) {
    case "string":
      return type.enum === null ? `${number === 1 ? "one" : "another"}` : (type.enum[number - 1] ?? type.enum[0]);
    case "bool":
      return number === 1;
    case "int":
    case "double":
      return number;
    case "timestamp":
      return moment;
    case "duration":
      return `${number}d`;
    case "list":
      return [sample(type.of, number)];
    default:
      return {};
  }
}

/** What a person has to look at where the words of the question may mean something else; null where they are plain. */
function doubtOf({ path }: Subject, { words }: Wording): string | null {
  const { name, type } = leafOf(path);
  if (!words.some((word) => negations.has(word)) && !words.some((word) => protective.test(word))) return null;
  const x = `r.${path.map((each) => each.name).join(".")}`;
  if (type.type === "list")
    return `The words do not decide what is asked of ${name}. Edit it: none is size(${x}) == 0, each of them ${x}.all(each, …).`;
  return "The question says no, or names what protects: see that this asks for the right side of it, or turn it round.";
}

/** What a new policy is made from. */
export interface NewPolicy {
  /** `<family>/<name>`. */
  readonly id: string;
  readonly subject: Subject;
  readonly question: string | null;
  /** Where the editor finds the schema of policies, as the first line names it. */
  readonly schema: string;
}

/** The text of a policy over a subject that loads, whose examples pass and reach every branch, for a person to edit. */
export function skeleton({ id, subject, question, schema }: NewPolicy): string {
  const { kind, path } = subject;
  const asked = (question ?? "").trim().replace(/\s+/g, " ");
  const wording = wordingOf(asked);
  const claim = claimOf(subject, wording);
  const doubt = doubtOf(subject, wording);
  const narrowing = narrowingOf(subject, asked);
  const names = path.map((each) => each.name);
  // A field on the way that may be null has to be there before what stands behind it is asked.
  const guards = path.flatMap((each, at) => {
    const isLeaf = at === path.length - 1;
    return each.type.nullable && (!isLeaf || claim.guarded) ? [names.slice(0, at + 1)] : [];
  });
  const narrowed = narrowing === null ? {} : { [narrowing.field.name]: narrowing.value };
  const given = (at: readonly string[], value: unknown): Record<string, unknown> => ({
    ...narrowed,
    ...(at.toReversed().reduce<unknown>((inner, name) => ({ [name]: inner }), value) as Record<string, unknown>),
  });
  const when = [
    ...(narrowing === null ? [] : [`r.${narrowing.field.name} == ${JSON.stringify(narrowing.value)}`]),
    ...guards.map((guard) => `has(r.${guard.join(".")})`),
  ];
  const examples = [
    ...claim.fail.map(({ name, value }) => ({ name, given: given(names, value), expect: "fail" })),
    { name: claim.pass.name, given: given(names, claim.pass.value), expect: "pass" },
    ...(narrowing === null
      ? []
      : [
          {
            name: `${narrowing.field.name} is ${narrowing.other}`,
            given: { [narrowing.field.name]: narrowing.other },
            expect: "notApplicable",
          },
        ]),
    ...guards.map((guard) => ({
      name: `there is no ${guard.at(-1)}`,
      given: given(guard, null),
      expect: "notApplicable",
    })),
    { name: `${names.at(-1)} could not be read`, given: narrowed, expect: "unknown" },
  ];
  const title = asked.replace(/\s*\?$/, "") || `Each ${kind.name} keeps to ${claim.require}`;
  const subjectName = ["displayName", "name", "id"].find((each) => kind.fields.has(each)) ?? "id";
  const lines = [
    `# yaml-language-server: $schema=${schema}`,
    `# A beginning: say the title as what holds, judge severity and confidence, and write the rest in your own words.`,
    `# leastwise query schema ${kind.name} lists the fields that when, require and the texts may use.`,
    `id: ${id}`,
    `title: ${scalar(title)}`,
    "severity: medium",
    "confidence: likely",
    "controls:",
    "  soc2:",
    `    CC6.1: ${unsaid.criterion}`,
    `target: ${kind.name}`,
    ...(Object.keys(claim.params).length === 0 ? [] : ["params:"]),
    ...Object.entries(claim.params).map(([name, param]) => `  ${name}: ${flow(param)}`),
    ...(when.length === 0 ? [] : [`when: ${quoted(when.join(" && "))}`]),
    ...(doubt === null ? [] : [`# ${doubt}`]),
    `require: ${quoted(claim.require)}`,
    `message: ${JSON.stringify(`{r.${subjectName}}: ${claim.told}`)}`,
    `rationale: ${unsaid.rationale}`,
    "remediation:",
    `  text: ${unsaid.remediation}`,
    "tests:",
    ...examples.flatMap((each) => [
      `  - name: ${scalar(each.name)}`,
      ...(claim.now === null ? [] : [`    now: ${JSON.stringify(claim.now)}`]),
      `    given: ${flow(each.given)}`,
      `    expect: ${each.expect}`,
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, defaultStringType: "PLAIN" }).trim();
}

function quoted(expression: string): string {
  return `'${expression.replaceAll("'", "''")}'`;
}

function flow(value: unknown): string {
  const text = stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();
  return text.replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, (moment) => JSON.stringify(moment));
}
