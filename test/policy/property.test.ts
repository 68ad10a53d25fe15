import { parse } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileExpression } from "../../src/policy/cel/compile.ts";
import { loadPolicies } from "../../src/policy/load.ts";
import type { Outcome, Policy } from "../../src/policy/policy.ts";
import { IncompleteList, Unread, type World } from "../../src/policy/value.ts";
import { actionTest, type Plane } from "../../src/resources/actions.ts";
import { type FieldType, kinds, type Row } from "../../src/resources/kinds.ts";
import { covers as actionCovers } from "../../src/resources/patterns.ts";
import { InputError } from "../../src/resources/problem.ts";
import {
  bytes,
  Choices,
  Grower,
  lessRead,
  listOf,
  Maker,
  namesIn,
  parameters,
  parameterValues,
  resourceOf,
  type Scope,
  sample,
  scalars,
  seen,
  sourcesOf,
  typeOfScalar,
  worldOf,
} from "./arbitraries.ts";
import {
  and,
  covers,
  evaluate,
  Folded,
  Instant,
  List,
  lift,
  type Node,
  not,
  or,
  outcomeOf,
  outcomeOfEach,
  show,
  Thing,
  Unknown,
  type Value,
} from "./reference.ts";

/** What `r` is: real kinds with relations, and an object that has every type. */
const subjects: readonly [FieldType, ...FieldType[]] = [
  sample,
  resourceOf("azure.roleAssignment"),
  resourceOf("prefect.block"),
  resourceOf("synapse.workspace"),
  resourceOf("azure.credential"),
];
const now: FieldType = { type: "timestamp", nullable: false };

/** What expressions may name; the compiler knows `now` by itself. */
const variablesFor = (subject: FieldType) =>
  new Map([
    ["r", subject],
    ["params", parameters],
    ["now", now],
  ]);

type Item = Readonly<Record<string, unknown>>;

/** A resource or object of a type, with what the texts name of it. */
function itemFor(subject: FieldType, choices: Choices, texts: readonly string[], allRead = false): Item {
  const maker = new Maker(choices, namesIn(...texts), allRead);
  if (subject.type === "resource") return maker.row(subject.kind, 2);
  return subject.type === "object" ? maker.object(subject.fields, 2) : {};
}

function byReference(
  text: string,
  subject: FieldType,
  item: Item,
  world: World,
  others: ReadonlyMap<string, Value> = new Map(),
): Value {
  const variables = new Map<string, Value>([
    ...others,
    ["r", new Thing(subject as Thing["type"], item)],
    ["params", lift(parameterValues, parameters)],
    ["now", new Instant(world.now)],
  ]);
  return evaluate(parse(text).ast as unknown as Node, variables, world);
}

function compiled(text: string, subject: FieldType, expected: FieldType, facts: ReadonlySet<string> = new Set()) {
  const variables = variablesFor(subject);
  variables.delete("now");
  const expression = compileExpression(text, { variables, facts, expected });
  return (item: Item, world: World): Value =>
    seen(expression.evaluate({ r: item, params: parameterValues }, world), expression.type);
}

/** An example that prints as a person would write it. */
function readable<T extends object>(example: T, describe: (example: T) => string): T {
  return Object.defineProperty(example, fc.toStringMethod, {
    value: () => `\n${describe(example)}\n`,
    enumerable: false,
  });
}

const told = (item: Item) =>
  JSON.stringify(item, (_, value: unknown) => (value instanceof Unread ? "(unread)" : value), 1);

interface Example {
  text: string;
  subject: FieldType;
  item: Item;
  type: FieldType;
  world: World;
}

const described = ({ text, item }: Example) => `${text}\nr: ${told(item)}`;

const bool: FieldType = { type: "bool", nullable: false };

/** An expression of a type with a resource for it. */
function examples(
  grow: (grower: Grower, choices: Choices, scope: Scope) => [text: string, type: FieldType],
): fc.Arbitrary<Example> {
  return fc
    .record({ kind: fc.nat(subjects.length - 1), expression: bytes(120), resource: bytes(120), scopes: bytes(2) })
    .map((seeds): Example => {
      const subject = subjects[seeds.kind] ?? sample;
      const choices = new Choices(seeds.expression);
      const scope = { variables: variablesFor(subject), proven: new Set<string>(), nested: 0, wild: false };
      const [text, type] = grow(new Grower(choices), choices, scope);
      const item = itemFor(subject, new Choices(seeds.resource), [text]);
      const world = worldOf(new Choices(seeds.scopes).once(3) ? new Set(["/subscriptions/1"]) : new Set());
      return readable({ text, subject, item, type, world }, described);
    });
}

/** More runs find more: PROPERTY_RUNS=100000 with --testTimeout=600000. */
const runs = { numRuns: Number(process.env.PROPERTY_RUNS ?? 6_000) };

describe("a compiled expression", () => {
  test("means what the reference says, whatever could not be read", () => {
    const conditions = examples((grower, _, scope) => [grower.bool(scope, 4), bool]);
    fc.assert(
      fc.property(conditions, ({ text, subject, item, type, world }) => {
        const value = compiled(text, subject, type)(item, world);
        expect(show(value)).toBe(show(byReference(text, subject, item, world)));
      }),
      runs,
    );
  });

  test("has the same value of every type", () => {
    const values = examples((grower, choices, scope) => {
      const scalar = choices.pick(scalars);
      const type = typeOfScalar(scalar);
      return choices.once(3) ? [grower.list(scalar, scope, 3), listOf(type)] : [grower.scalar(scalar, scope, 3), type];
    });
    fc.assert(
      fc.property(values, ({ text, subject, item, type, world }) => {
        const value = compiled(text, subject, type)(item, world);
        expect(show(value)).toBe(show(byReference(text, subject, item, world)));
      }),
      runs,
    );
  });

  test("is refused unless its guards keep every null out", () => {
    let accepted = 0;
    const seeds = {
      kind: fc.nat(subjects.length - 1),
      expression: bytes(120),
      resource: bytes(120),
      all: fc.boolean(),
    };
    const conditions = fc.record(seeds).map((seed) => {
      const subject = subjects[seed.kind] ?? sample;
      const scope = { variables: variablesFor(subject), proven: new Set<string>(), nested: 0, wild: true };
      const text = new Grower(new Choices(seed.expression)).bool(scope, 4);
      const item = itemFor(subject, new Choices(seed.resource), [text], seed.all);
      const example = { text, subject, item, type: bool, world: worldOf(), allRead: seed.all };
      return readable(example, described);
    });
    fc.assert(
      fc.property(conditions, ({ text, subject, item, type, world, allRead }) => {
        let evaluated: ReturnType<typeof compiled>;
        try {
          evaluated = compiled(text, subject, type);
        } catch (error) {
          if (error instanceof InputError) return;
          throw error;
        }
        accepted++;
        const answer = byReference(text, subject, item, world);
        const given = show(evaluated(item, world));
        // Where a guard is unknown, a comparison behind it may be, too.
        if (allRead || given !== "unknown") expect(given).toBe(show(answer));
        // Only where a guard itself was unknown may a null come through.
        if (answer instanceof Unknown) expect(answer.why).not.toMatch(/^null (has|where a|is not)/);
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(runs.numRuns / 10);
  });

  test("takes no guard that lets a null through", () => {
    // Every combination of a nullable text and a condition, read and unread, for random guards around a use of the text.
    const atoms = ["has(r.note)", "r.note == null", "null == r.note", "r.note != null", "null != r.note"] as const;
    const more = [
      'r.note == "a"',
      'r.note != "a"',
      'r.note in ["a"]',
      'r.note in ["a", null]',
      "r.note == r.colour",
      "r.on",
      "true",
      "false",
    ];
    const guardOf = (choices: Choices, depth: number): string => {
      const again = () => guardOf(choices, depth - 1);
      const form = depth === 0 ? 0 : choices.below(7);
      if (form === 0) return choices.once(2) ? (choices.pick(more) ?? "true") : choices.pick(atoms);
      if (form <= 2) return `(${again()} && ${again()})`;
      if (form <= 4) return `(${again()} || ${again()})`;
      return form === 5 ? `!(${again()})` : `(${again()} ? ${again()} : ${again()})`;
    };
    const expressions = bytes(24).map((seed) => {
      const choices = new Choices(seed);
      const guard = guardOf(choices, 3);
      const use = choices.pick(['r.note.startsWith("a")', "r.note.size() == 1"]);
      const forms = [
        `(${guard} && ${use})`,
        `(${guard} || ${use})`,
        `(${guard} ? ${use} : r.on)`,
        `(${guard} ? r.on : ${use})`,
      ];
      const text = choices.pick(forms) ?? "";
      if (!choices.once(3)) return text;
      // The same of a variable, whose guards are comparisons alone.
      const ofVariable = text.replaceAll("has(r.note)", "x != null").replaceAll("r.note", "x");
      return `[r.note].exists(x, ${ofVariable})`;
    });
    let accepted = 0;
    fc.assert(
      fc.property(expressions, (text) => {
        let evaluated: ReturnType<typeof compiled>;
        try {
          evaluated = compiled(text, sample, bool);
        } catch (error) {
          if (error instanceof InputError) return;
          throw error;
        }
        accepted++;
        for (const note of [null, "a", undefined]) {
          for (const on of [true, false, undefined]) {
            const item = { note, on, colour: null };
            const isRead = note !== undefined && on !== undefined;
            const answer = byReference(text, sample, item, worldOf());
            const given = show(evaluated(item, worldOf()));
            const all = `${text} with ${JSON.stringify(item)} is `;
            // Where a guard is unknown, a comparison behind it may be, too.
            if (isRead || given !== "unknown") expect(all + given).toBe(all + show(answer));
            if (isRead && answer instanceof Unknown) throw new Error(`${all}unknown, and everything was read`);
          }
        }
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(runs.numRuns / 20);
  });
});

/** Whether a result may become another when something becomes unread. */
function mayBecome(before: Outcome, after: Outcome): boolean {
  return after === "unknown" || (before !== "unknown" && (before === "fail") === (after === "fail"));
}

interface Rule {
  kind: string;
  each: { list: string; of: FieldType } | null;
  when: string | null;
  require: string;
  /** A text of the element, or of the resource, that the message shows. */
  shown: string | null;
}

const ruleKinds = ["azure.roleAssignment", "prefect.block", "synapse.workspace", "azure.principal"];
const types: Record<string, string> = {
  name: "string",
  action: "string",
  most: "int",
  factor: "double",
  strict: "bool",
  age: "duration",
  since: "timestamp",
  names: "list<string>",
  numbers: "list<int>",
};

/** The policy as a file, by way of loading: JSON is YAML. */
function policyOf(rule: Rule): Policy {
  const file = {
    id: "test/law",
    title: "Something holds",
    severity: "low",
    confidence: "certain",
    controls: { soc2: ["CC6.1"] },
    target: rule.kind,
    params: Object.fromEntries(
      Object.entries(parameterValues).map(([name, value]) => [name, { type: types[name], default: value }]),
    ),
    ...(rule.each === null ? {} : { each: `e in ${rule.each.list}`, key: '"k"' }),
    ...(rule.when === null ? {} : { when: rule.when }),
    require: rule.require,
    message: rule.shown === null ? "it does not hold" : `it does not hold of <{${rule.shown}}>`,
  };
  const [policy] = loadPolicies([{ file: "law.yaml", text: JSON.stringify(file, null, 1) }]);
  if (policy === undefined) throw new Error("no policy");
  return policy;
}

/** The outcome by the table of outcomes, and the messages of the failures. */
function judged(rule: Rule, item: Item, world: World): [Outcome, string[]] {
  const subject = resourceOf(rule.kind);
  const truth = (text: string | null, element: Value | null): boolean | Unknown => {
    if (text === null) return true;
    const variables = new Map<string, Value>(element === null ? [] : [["e", element]]);
    return byReference(text, subject, item, world, variables) as boolean | Unknown;
  };
  const message = (element: Value | null) => {
    if (rule.shown === null) return "it does not hold";
    const value = byReference(rule.shown, subject, item, world, new Map(element === null ? [] : [["e", element]]));
    const words = value instanceof Unknown ? "(unread)" : value instanceof Folded ? value.text : String(value);
    return `it does not hold of <${words}>`;
  };
  if (rule.each === null) {
    const outcome = outcomeOf(truth(rule.when, null), truth(rule.require, null));
    return [outcome, outcome === "fail" ? [message(null)] : []];
  }
  // A condition on the resource as a whole decides before the list does.
  const onWhole = !/\be\b/.test((rule.when ?? "").replace(/"[^"]*"/g, ""));
  if (onWhole && truth(rule.when, null) === false) return ["notApplicable", []];
  const list = byReference(rule.each.list, subject, item, world);
  if (!(list instanceof List)) return ["unknown", []];
  const outcomes = list.items.map((each) => outcomeOf(truth(rule.when, each), truth(rule.require, each)));
  const failed = list.items.filter((_, index) => outcomes[index] === "fail");
  return [outcomeOfEach(outcomes, list.complete), failed.map(message)];
}

function grownRule(kind: string, choices: Choices, withEach: boolean): Rule {
  const grower = new Grower(choices);
  const variables = variablesFor(resourceOf(kind));
  const alone = { variables, proven: new Set<string>(), nested: 0, wild: false };
  const lists = withEach
    ? sourcesOf(alone).filter((source) => source.type.type === "list" && !source.type.nullable)
    : [];
  const list = choices.pick(lists);
  const each = list?.type.type === "list" ? { list: list.text, of: list.type.of } : null;
  const scope = each === null ? alone : { ...alone, variables: new Map([...variables, ["e", each.of]]) };
  const guarded = sourcesOf(scope).filter(({ text, type }) => type.nullable && text.includes("."));
  const isText = (type: FieldType) => type.type === "string" && !type.nullable;
  const texts = sourcesOf(scope).filter(({ text, type }) => isText(type) && /^[re]\b/.test(text));
  const shown = choices.pick(texts.filter(({ text }) => each === null || /^e\b/.test(text)))?.text ?? null;
  const guard = choices.once(2) ? choices.pick(guarded)?.text : undefined;
  if (guard !== undefined) {
    const about = choices.pick([`has(${guard})`, `${guard} != null`]);
    const when = `(${about} && ${grower.bool(scope, 1)})`;
    return { kind, each, when, require: grower.bool({ ...scope, proven: new Set([guard]) }, 3), shown };
  }
  const when = choices.once(4) ? null : grower.bool(each !== null && choices.once(2) ? scope : alone, 2);
  return { kind, each, when, require: grower.bool(scope, 3), shown };
}

interface Trial {
  rule: Rule;
  item: Row;
  /** The same with less of it read. */
  less: Row;
  world: World;
  lessWorld: World;
}

function trials(withEach: boolean): fc.Arbitrary<Trial> {
  const seeds = { kind: fc.nat(ruleKinds.length - 1), rule: bytes(100), resource: bytes(120), less: bytes(15) };
  return fc.record(seeds).map((seed) => {
    const rule = grownRule(ruleKinds[seed.kind] ?? "", new Choices(seed.rule), withEach);
    const texts = [rule.when ?? "", rule.require, rule.each?.list ?? "", rule.shown ?? ""];
    const item = itemFor(resourceOf(rule.kind), new Choices(seed.resource), texts) as Row;
    const choices = new Choices(seed.less);
    const lessWorld = worldOf(choices.once(4) ? new Set(["/subscriptions/1"]) : new Set());
    const trial = { rule, item, less: lessRead(item, choices), world: worldOf(), lessWorld };
    return readable(trial, (it) =>
      [
        ...(it.rule.each === null ? [] : [`each: e in ${it.rule.each.list}`]),
        `when: ${it.rule.when ?? "(always)"}`,
        `require: ${it.rule.require}`,
        `message: {${it.rule.shown ?? ""}}`,
        `r: ${told(it.item)}`,
        `with less read: ${told(it.less)}`,
      ].join("\n"),
    );
  });
}

/** A row that tells which of its properties are read; its relations tell, too. */
function watched(item: unknown, kind: string, read: Set<string>): unknown {
  if (typeof item !== "object" || item === null || item instanceof Unread) return item;
  return new Proxy(item, {
    get(target, name) {
      if (typeof name === "string" && name !== "id" && name !== "incomplete" && !name.startsWith("@")) {
        read.add(`${kind}.${name}`);
      }
      return Reflect.get(target, name) as unknown;
    },
  });
}

function watching(world: World, read: Set<string>): World {
  return {
    now: world.now,
    can: () => "the grants were not read",
    within: (inner, outer) => world.within(inner, outer),
    field(kind, name, row) {
      read.add(`${kind}.${name}`);
      const value = world.field(kind, name, row);
      const type = kinds.get(kind)?.fields.get(name)?.type;
      if (type?.type === "resource") return watched(value, type.kind, read);
      if (type?.type !== "list" || type.of.type !== "resource") return value;
      const of = type.of.kind;
      const watch = (items: readonly unknown[]) => items.map((each) => watched(each, of, read));
      if (value instanceof IncompleteList) return new IncompleteList(watch(value.items), value.cause);
      return Array.isArray(value) ? watch(value) : value;
    },
  };
}

describe.each([
  ["a policy", false],
  ["a policy with each", true],
])("%s", (_, withEach) => {
  test("has the outcome that the table says, and keeps it or becomes unknown where less is read", () => {
    fc.assert(
      fc.property(trials(withEach), ({ rule, item, less, world, lessWorld }) => {
        const policy = policyOf(rule);
        const before = policy.evaluate(item, world);
        const after = policy.evaluate(less, lessWorld);
        expect([before.outcome, before.found.map((each) => each.message)]).toEqual(judged(rule, item, world));
        expect([after.outcome, after.found.map((each) => each.message)]).toEqual(judged(rule, less, lessWorld));
        if (!mayBecome(before.outcome, after.outcome)) {
          throw new Error(`with less read, ${before.outcome} became ${after.outcome}`);
        }
        expect(after.found.length).toBeLessThanOrEqual(before.found.length);
        for (const each of [before, after]) {
          if (each.outcome === "unknown") expect(each.causes).not.toEqual([]);
          expect(new Set(each.causes).size).toBe(each.causes.length);
        }
      }),
      { numRuns: Math.ceil(runs.numRuns / 4) },
    );
  });

  test("reads nothing that it does not tell", () => {
    fc.assert(
      fc.property(trials(withEach), ({ rule, item, world }) => {
        const policy = policyOf({ ...rule, shown: null });
        const read = new Set<string>();
        const { outcome } = policy.evaluate(watched(item, rule.kind, read) as Row, watching(world, read));
        // A failure's trace shows resources by their names or paths; that decides nothing.
        const shown = (each: string) => outcome === "fail" && /\.(name|path)$/.test(each);
        expect([...read].filter((each) => !policy.reads.has(each) && !shown(each))).toEqual([]);
        const readKinds = new Set([...read].map((each) => each.split(".").slice(0, 2).join(".")));
        expect([...readKinds].filter((each) => !policy.kinds.has(each))).toEqual([]);
      }),
      { numRuns: Math.ceil(runs.numRuns / 8) },
    );
  });
});

// ---- What a role allows

type Element = Record<string, unknown>;

const lists = ["actions", "notActions", "dataActions", "notDataActions"];
const letters = fc.constantFrom("a", "b", "A", "B", "/", "/read", ".", "+");
const pattern = fc
  .array(fc.oneof({ weight: 2, arbitrary: letters }, { weight: 1, arbitrary: fc.constant("*") }), { maxLength: 6 })
  .map((parts) => parts.join(""));
const action = fc.array(letters, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
const patterns = fc.array(pattern, { maxLength: 3 });
const element: fc.Arbitrary<Element> = fc
  .record({
    actions: fc.option(patterns, { nil: undefined }),
    notActions: fc.option(patterns, { nil: undefined }),
    dataActions: fc.option(patterns, { nil: undefined }),
    notDataActions: fc.option(patterns, { nil: undefined }),
    condition: fc.constantFrom(null, null, null, undefined, "@Resource[x] StringEquals 'y'"),
    incomplete: fc.option(fc.subarray(lists), { nil: undefined, freq: 3 }),
  })
  .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)));
const plane = fc.constantFrom<Plane>("control", "data");

/** Whether the patterns under a name cover an action. */
function covered(of: Element, name: string, asked: string): boolean | Unknown {
  const unread = new Unknown(name);
  const list = of[name] as string[] | undefined;
  if (list === undefined) return unread;
  if (list.some((each) => covers(each, asked))) return true;
  return ((of.incomplete as string[] | undefined) ?? []).includes(name) ? unread : false;
}

function roleAllows(elements: readonly Element[], incomplete: boolean, asked: string, on: Plane): boolean | Unknown {
  const [granting, leavingOut] = on === "data" ? ["dataActions", "notDataActions"] : ["actions", "notActions"];
  const answers = elements.map((each) => {
    const granted = and(covered(each, granting ?? "", asked), not(covered(each, leavingOut ?? "", asked)));
    return and(granted, each.condition === null ? true : new Unknown("condition"));
  });
  return answers.reduce(or, incomplete ? new Unknown("incomplete") : false);
}

const verdict = (value: boolean | string | Unknown) => (typeof value === "boolean" ? value : "unknown");

describe("what a role allows", () => {
  test("a pattern covers an action as its regular expression does", () => {
    fc.assert(
      fc.property(pattern, action, (one, other) => {
        expect(actionCovers(one, other)).toBe(covers(one, other));
      }),
      { numRuns: 20_000 },
    );
  });

  test("is what its elements allow, one by one", () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 3 }), fc.boolean(), action, plane, (elements, open, asked, on) => {
        const answer = actionTest(asked, on)(elements, open);
        expect(verdict(answer)).toBe(verdict(roleAllows(elements, open, asked, on)));
      }),
      { numRuns: 8_000 },
    );
  });

  test("stays as it is or becomes unknown where less of it is read", () => {
    const seeds = fc.array(fc.nat(255), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(element, { maxLength: 3 }), action, plane, seeds, (elements, asked, on, seed) => {
        const role = lessRead({ id: "role", permissions: elements }, new Choices(seed));
        const open = Array.isArray(role.incomplete) && role.incomplete.includes("permissions");
        const before = verdict(actionTest(asked, on)(elements, false));
        const after = verdict(actionTest(asked, on)(role.permissions, open));
        expect([before, "unknown"]).toContain(after);
      }),
      { numRuns: 8_000 },
    );
  });
});
