import { type AutomationAnswer, automationRow } from "../../collect/prefect/automations.ts";
import { type BlockAnswer, blockId, blockRow } from "../../collect/prefect/blocks.ts";
import { type DeploymentAnswer, deploymentRow } from "../../collect/prefect/deployments.ts";
import { type FlowAnswer, flowRow } from "../../collect/prefect/flows.ts";
import { type VariableAnswer, variableId, variableRow } from "../../collect/prefect/variables.ts";
import { type WorkPoolAnswer, workPoolRow } from "../../collect/prefect/workPools.ts";
import { maskText } from "../../collect/text.ts";
import { readValues } from "../../collect/values.ts";
import type { Field, PrefectAction, Secret } from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { InputError } from "../../resources/problem.ts";
import { violations } from "../../resources/validate.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import { type PlannedObject, type PlannedValue, type RowChange, type Undecided, unknown } from "../plan.ts";
import { type Filling, filled } from "../prefect/fill.ts";
import type { LivePrefect } from "../prefect/live.ts";
import { marked, unknownMark, unmarked, type Valued } from "../prefect/marks.ts";
import { maskedName } from "../prefect/names.ts";
import type { PrefectObject } from "../prefect/object.ts";
import { isSecret, rebuilt, stepsIn } from "../prefect/paths.ts";
import { mapOf } from "../prefect/template.ts";

/** What planned objects of Prefect become rows with. */
export interface PrefectRows {
  live: LivePrefect;
  /** The server that an object goes to whose id does not name one. */
  apiOf(object: PlannedObject): string;
  /** When the change is made: what it makes was made then. */
  now: Date;
  /** Absent without the organisation's key. */
  fingerprint: Fingerprinter | undefined;
}

type Body = { readonly [name: string]: PlannedValue };
type Upsert = Extract<RowChange, { action: "upsert" }>;
type Made = { id: string; uuid?: string; incomplete?: string[] };

/** What planned objects come to over what is live. */
interface Told {
  changes: readonly RowChange[];
  undecided: readonly Undecided[];
}

const kindOf: Readonly<Record<string, string>> = {
  "prefect/automation": "prefect.automation",
  "prefect/block": "prefect.block",
  "prefect/deployment": "prefect.deployment",
  "prefect/flow": "prefect.flow",
  "prefect/variable": "prefect.variable",
  "prefect/workpool": "prefect.workPool",
};

/** Whether objects of a type become rows here. */
export function isPrefectType(type: string): boolean {
  return kindOf[type] !== undefined;
}

/**
 * The rows of planned objects of Prefect: made, and masked, as those that are read.
 * @throws InputError where a plan holds an object that no server would answer
 */
export function prefectRows(objects: readonly PrefectObject[], around: PrefectRows): Told {
  const all = objects.filter(({ type }) => isPrefectType(type));
  const apiOf = (object: PrefectObject): string => /^prefect:([^/]+)\//.exec(object.id)?.[1] ?? around.apiOf(object);
  const changing = new Set(all.flatMap((object) => [object.id, ...namedIds(object, apiOf(object), around.live)]));
  const made = new Changed();
  const isGone = ({ action, body }: PrefectObject): boolean => action === "delete" || body === null;
  // What goes makes room for what comes under its name.
  for (const object of [...all.filter(isGone), ...all.filter((each) => !isGone(each))]) {
    const kind = kindOf[object.type] ?? "";
    const api = apiOf(object);
    const maker = new RowMaker(object, { ...around, api, changing }, all);
    const { at } = object;
    const told = isGone(object) ? maker.deleted(kind) : maker.made(kind);
    if (typeof told === "string") made.undecided.push({ kind, scope: `prefect:${api}`, cause: told, at });
    else for (const change of told) made.put(change);
  }
  return { changes: made.changes, undecided: made.undecided };
}

/** The ids of the row that an object was and of the one that it will be, where it is named by Prefect's own id or by an address. */
function namedIds({ type, id, body }: PrefectObject, api: string, live: LivePrefect): string[] {
  const name = typeof body?.name === "string" ? maskedName(body.name) : null;
  const slug = mapOf(body?.block_type)?.slug;
  const comes: string[] = [];
  if (name !== null && type === "prefect/variable") comes.push(variableId(api, name));
  if (name !== null && type === "prefect/block" && typeof slug === "string") comes.push(blockId(api, slug, name));
  return [live.byUuid(kindOf[type] ?? "", id)?.id ?? id, ...comes];
}

/** What is changed so far, each row once. */
class Changed {
  readonly #changes = new Map<string, RowChange>();
  readonly undecided: Undecided[] = [];

  get changes(): RowChange[] {
    return [...this.#changes.values()];
  }

  put(change: RowChange): void {
    const id = change.action === "delete" ? change.id : change.row.id;
    const before = this.#changes.get(id);
    // Every deployment of a flow brings it along; what has come under a name does not go with what had it before.
    if (before?.action === "upsert" && (change.kind === "prefect.flow" || change.action === "delete")) return;
    // What is deleted and comes again is made anew.
    const isAnew = before?.action === "delete" && change.action === "upsert";
    this.#changes.set(id, isAnew ? { ...change, fresh: true } : change);
  }
}

/** Makes the row of one object. */
class RowMaker {
  readonly #object: PrefectObject;
  readonly #around: PrefectRows & { api: string; changing: ReadonlySet<string> };
  readonly #all: readonly PlannedObject[];

  constructor(
    object: PrefectObject,
    around: PrefectRows & { api: string; changing: ReadonlySet<string> },
    all: readonly PlannedObject[],
  ) {
    this.#object = object;
    this.#around = around;
    this.#all = all;
  }

  /** The deletion, with all that goes with it; why it cannot be said which row it is. */
  deleted(kind: string): readonly RowChange[] | string {
    const { id, at } = this.#object;
    const { live } = this.#around;
    const found = id.startsWith("prefect:") ? id : live.byUuid(kind, id)?.id;
    if (found === undefined) return "something is deleted that the snapshot does not hold under its id";
    return [{ action: "delete", kind, id: found, at }, ...this.#takenAlong(kind, found)];
  }

  /** Measured on 3.8.8: deployments go with their flow, queues with their work pool, and deployments are left without one. */
  #takenAlong(kind: string, id: string): RowChange[] {
    const { at } = this.#object;
    const { live } = this.#around;
    const rows = (of: string, field: string, value: unknown): Row[] =>
      [...live.of(of).values()].filter((row) => row[field] === value);
    const gone = live.of(kind).get(id);
    if (gone === undefined) return [];
    if (kind === "prefect.flow")
      return rows("prefect.deployment", "flow", gone.name)
        .filter((row) => row.api === gone.api)
        .map((row) => ({ action: "delete", kind: "prefect.deployment", id: row.id, at }));
    if (kind !== "prefect.workPool") return [];
    return [
      ...rows("prefect.workQueue", "workPoolId", id).map(
        (row): RowChange => ({ action: "delete", kind: "prefect.workQueue", id: row.id, at }),
      ),
      ...rows("prefect.deployment", "workPoolId", id).map((row): RowChange => {
        // A queue that was named stays named, the pool's own does not; a row does not tell which it was.
        const [left, unread] = [{ id: row.id, workPoolId: null }, ["workQueueName"]];
        return { action: "upsert", kind: "prefect.deployment", row: left, unread, fresh: false, at };
      }),
    ];
  }

  /** The row, and the end of the one that it was under another name; why it cannot be said which row it is. */
  made(kind: string): readonly RowChange[] | string {
    const { id, action, at } = this.#object;
    const made = this.#changeOf(kind);
    if (typeof made === "string") return made;
    const old = action === "create" ? undefined : this.#around.live.byUuid(kind, id);
    if (made === null || old === undefined || made.row.id === old.id) return made === null ? [] : [made];
    const gone: RowChange = { action: "delete", kind, id: old.id, at };
    if (action === "replace") return [gone, made];
    const kept = Object.entries(old).filter(([name]) => !made.unread.includes(name) && name !== "incomplete");
    return [gone, { ...made, row: { ...Object.fromEntries(kept), ...made.row }, fresh: true }];
  }

  /** The row that an update meets, under the name that it had. */
  #before(kind: string, id: string): Row | undefined {
    const { live } = this.#around;
    if (this.#object.action !== "update") return undefined;
    return live.byUuid(kind, this.#object.id) ?? live.of(kind).get(id);
  }

  #changeOf(kind: string): Upsert | string | null {
    const body = this.#object.body ?? {};
    if (typeof body.name !== "string") return `the name of ${kind} is known only when it is made`;
    try {
      switch (kind) {
        case "prefect.flow":
          return this.#flow(body);
        case "prefect.variable":
          return this.#variable(body);
        case "prefect.workPool":
          return this.#workPool(body);
        case "prefect.block":
          return this.#block(body);
        case "prefect.automation":
          return this.#automation(body);
        default:
          return this.#deployment(body);
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw this.#malformed(kind);
    }
  }

  #malformed(kind: string): InputError {
    const { file, line, column } = this.#object.at;
    const message = `this ${kind} is none that Prefect would take: a part of it has the wrong type`;
    return new InputError([
      { code: "plan/prefect", file, line, column, message, hint: "compare it with Prefect's documentation" },
    ]);
  }

  #flow(body: Body): Upsert | null {
    const { live } = this.#around;
    const { createdBy: _, ...row } = flowRow(answerOf<FlowAnswer>(body), this.#around);
    // A flow is made once, and a deployment leaves one that is there as it was.
    if (this.#object.action === "create" && live.of("prefect.flow").has(row.id)) return null;
    return this.#upsert("prefect.flow", row, body, { tags: "tags" });
  }

  #variable(body: Body): Upsert {
    const row = variableRow(answerOf<VariableAnswer>(body), this.#around);
    const unread = body.value === unknown ? madeOfValues : [];
    return this.#upsert("prefect.variable", unmarked(row, madeOfValues), body, { tags: "tags" }, unread);
  }

  #workPool(body: Body): Upsert {
    const row = workPoolRow(answerOf<WorkPoolAnswer>(body), this.#around);
    const fields = { type: "type", is_paused: "paused", concurrency_limit: "concurrencyLimit" };
    const unread = body.base_job_template === unknown ? madeOfValues : [];
    return this.#upsert("prefect.workPool", unmarked(row, madeOfValues), body, fields, unread);
  }

  /**
   * The automation of a trigger. What the server adds to the trigger and to its action is not known, and holds no
   * credential. Each deploy makes it anew; the one that it takes the place of has its name and runs the same deployment.
   */
  #automation(body: Body): Upsert {
    const { api, live } = this.#around;
    const answer = answerOf<AutomationAnswer>(this.#filled(body));
    const { triggers: _, actions: __, ...row } = automationRow(answer, this.#around);
    const runs = live.of("prefect.deployment").get(this.#object.owner ?? "")?.uuid;
    const before = [...live.of("prefect.automation").values()].find(
      (each) =>
        each.api === api &&
        each.name === row.name &&
        runs !== undefined &&
        ((each.actions ?? []) as PrefectAction[]).some(({ target }) => target === runs),
    );
    const shown = unmarked({ ...row, id: before?.id ?? this.#object.id }, madeOfValues);
    const incomplete = [...new Set([...(shown.incomplete ?? []), "fields"])];
    return this.#upsert("prefect.automation", { ...shown, incomplete }, body, { enabled: "enabled" });
  }

  #block(body: Body): Upsert | string {
    const { api, live, fingerprint } = this.#around;
    const slug = mapOf(body.block_type)?.slug;
    if (typeof slug !== "string") return "the type of a block is known only when it is made";
    const own = mapOf(mapOf(body.block_schema)?.fields)?.secret_fields;
    const patterns = Array.isArray(own) ? (own as string[]) : live.secretFields(api, slug);
    const data = body.data === undefined ? unknown : body.data;
    const ids = new Map(
      [...live.of("prefect.block").values()].flatMap(({ uuid, id }) =>
        typeof uuid === "string" ? [[uuid, id] as const] : [],
      ),
    );
    const answer: BlockAnswer = {
      ...answerOf<BlockAnswer>({ ...body, data: {} }),
      block_schema: { ...(patterns !== null && { fields: { secret_fields: [...patterns] } }) },
    };
    const id = blockRow(answer, { api, fingerprint, ids, certain: true }).id;
    const before = this.#before("prefect.block", id);
    const map = mapOf(data);
    const kept = before === undefined || map === null ? null : keptOf(before, map);
    const isWhole = map !== null && (before === undefined || kept !== null);
    if (isWhole && patterns !== null)
      answer.data = {
        ...(mapOf(marked(kept?.data ?? {}) as PlannedValue) ?? {}),
        ...(masked(marked(map), patterns) as object),
      };
    else delete answer.data;
    const row = blockRow(answer, { api, fingerprint, ids, certain: true });
    if (kept !== null && row.secrets !== undefined) row.secrets.push(...kept.secrets);
    const hidden = (row.fields ?? []).filter(({ value }) => value?.includes(unknownMark) === true);
    const isHidden = (pattern: string): boolean =>
      hidden.some(({ path = "" }) => isSecret([pattern], stepsIn(path) ?? []) || pattern.startsWith(`${path}.`));
    // Whether a field is set whose value is not known is not known either.
    if (row.secretFields !== undefined)
      row.secretFields = row.secretFields.map((field) =>
        isHidden(field.path ?? "") ? { path: field.path ?? "" } : field,
      );
    const shown = unmarked(row, ["fields", "secrets", "hosts", "clientIds", "blocks", "secretFields"]);
    const typeName = shown.typeName ?? live.typeName(api, slug);
    const { typeName: _, ...rest } = shown;
    // What a block holds whose type is not known, nobody can say: any of it may be secret.
    const unread =
      row.fields === undefined ? ["fields", "secrets", "secretFields", "hosts", "clientIds", "blocks"] : [];
    const schema = body.block_schema === undefined ? ["schemaVersion", "schemaChecksum", "capabilities"] : [];
    const named = typeName === null ? rest : { ...rest, typeName };
    return this.#upsert("prefect.block", named, body, {}, [...unread, ...schema]);
  }

  #deployment(given: Body): Upsert | string {
    const { api, fingerprint } = this.#around;
    const flow = this.#flowName(given);
    if (flow === null) return "a deployment whose flow is known only when it is made";
    const around = { api, flow, fingerprint };
    const { id } = deploymentRow({ id: "", name: String(given.name) }, around);
    const before: (Row & DeploymentValues) | undefined = this.#before("prefect.deployment", id);
    const body = this.#filled({ ...given, ...(before !== undefined && this.#object.whenThere) });
    const answer = answerOf<DeploymentAnswer>(body);
    const writable = answer as unknown as { [name: string]: unknown };
    const said = holders.filter(({ name }) => body[name] !== undefined);
    // Where an update says nothing of any value, the row keeps them all.
    if (said.length > 0 || before === undefined) for (const { name, empty } of holders) writable[name] ??= empty;
    const row = deploymentRow(answer, around);
    let shown = unmarked(row, valueLists);
    if (shown.fields !== undefined) {
      if (holders.some(({ name }) => body[name] === unknown)) shown = cutShort(shown);
      if (before !== undefined)
        shown = keeping(
          before,
          shown,
          holders.filter((each) => !said.includes(each)),
          api,
        );
    }
    return this.#upsert("prefect.deployment", shown, body, {
      version: "version",
      paused: "paused",
      tags: "tags",
      work_pool_name: "workPoolId",
      work_queue_name: "workQueueName",
    });
  }

  /** The name of a deployment's flow: by itself, or by the id of a flow of the plan or of the snapshot. */
  #flowName({ flow_name: name, flow_id: id }: Body): string | null {
    if (typeof name === "string") return name;
    if (typeof id !== "string") return null;
    const planned = this.#all.find((each) => each.type === "prefect/flow" && each.id === id)?.body?.name;
    if (typeof planned === "string") return planned;
    const live = this.#around.live.byUuid("prefect.flow", id)?.name;
    return typeof live === "string" ? live : null;
  }

  /** The body as `prefect deploy` sends it. */
  #filled(body: Body): Body {
    const { fill } = this.#object;
    if (fill === undefined) return body;
    const filling: Filling = this.#around;
    return Object.fromEntries(
      Object.entries(body).map(([name, value]) => {
        if (name === "pull_steps") return [name, filled(value, filling, fill.inPull, true)];
        return [name, name === "parameter_openapi_schema" ? value : filled(value, filling, fill.inValues)];
      }),
    );
  }

  /**
   * The change with a row.
   * @param fields the row's fields by the names of the body that they are made of
   * @param unread fields of which nothing is known in any case
   */
  #upsert(
    kind: string,
    made: Made,
    body: Body,
    fields: Readonly<Record<string, string>>,
    unread: readonly string[] = [],
  ): Upsert {
    const { live, now, api } = this.#around;
    const { at } = this.#object;
    const { uuid: _, incomplete = [], ...rest } = made;
    // An automation is made anew by each deploy.
    const isNew = kind === "prefect.automation" || this.#before(kind, made.id) === undefined;
    const time = now.toISOString();
    const open = new Set(unread);
    const cut = new Set(incomplete);
    for (const [name, field] of Object.entries(fields)) {
      const value = body[name];
      if (value === unknown || (typeof value === "string" && value.includes(unknownMark))) open.add(field);
      else if (Array.isArray(value) && value.some((each) => each === unknown || String(each).includes(unknownMark)))
        cut.add(field);
    }
    const known = Object.entries(rest).filter(([name, value]) => value !== undefined && !open.has(name));
    const row = maskText({
      ...Object.fromEntries(
        known.map(([name, value]) => [name, cut.has(name) && name === "tags" ? knownTexts(value) : value]),
      ),
      id: made.id,
      ...(cut.size > 0 && { incomplete: [...cut].sort() }),
      ...(isNew && { created: time }),
      // A self-hosted server never tells who made something.
      ...(isNew && hasMaker.has(kind) && live.isSelfHosted(api) === true && { createdBy: null }),
      updated: time,
    });
    if (violations(kind, row).length > 0) throw this.#malformed(kind);
    return { action: "upsert", kind, row, unread: [...open].sort(), fresh: isNew, at };
  }
}

/** The lists of a variable, a work pool or an automation that are made of its values. */
const madeOfValues = ["fields", "secrets", "hosts"] as const;

/** The kinds that say who made them. */
const hasMaker: ReadonlySet<string> = new Set(["prefect.deployment", "prefect.flow", "prefect.workPool"]);

function knownTexts(value: unknown): unknown[] {
  return (Array.isArray(value) ? value : []).filter((each) => typeof each === "string" && !each.includes(unknownMark));
}

/** A body as the API answers it, with marks in the values and without the fields that are not known. */
function answerOf<Answer>(body: Body): Answer & { id: string } {
  const known = Object.entries(body).filter(([, value]) => value !== unknown && value !== undefined);
  return { ...Object.fromEntries(known.map(([name, value]) => [name, marked(value)])), id: "" } as Answer & {
    id: string;
  };
}

/** The fields of a deployment that hold values: what stands for none, and what the paths of their values begin with. */
const holders: readonly { name: string; empty: unknown; path: string }[] = [
  { name: "parameters", empty: {}, path: "parameters" },
  { name: "parameter_openapi_schema", empty: {}, path: "parameter_defaults" },
  { name: "job_variables", empty: {}, path: "job_variables" },
  { name: "pull_steps", empty: null, path: "pull_steps" },
  { name: "schedules", empty: [], path: "schedules" },
];

/** The lists of a deployment that are made of its values. */
const valueLists = ["fields", "secrets", "hosts", "blocks"] as const;

type DeploymentValues = Valued & { hosts?: string[]; blocks?: string[] };

/** A row that may hold more values than are known. */
function cutShort<Kind extends DeploymentValues>(row: Kind): Kind {
  return { ...row, incomplete: [...new Set([...(row.incomplete ?? []), ...valueLists])] };
}

/** A row with what an update leaves of the values that it says nothing of. */
function keeping<Kind extends DeploymentValues>(
  before: DeploymentValues,
  row: Kind,
  holding: readonly { path: string }[],
  api: string,
): Kind {
  const isKept = ({ path: at = "" }: { path?: string }): boolean =>
    holding.some(({ path }) => at === path || at.startsWith(`${path}.`) || at.startsWith(`${path}[`));
  if (holding.length === 0) return row;
  const fields = (before.fields ?? []).filter(isKept);
  const values = readValues(
    fields.map(({ path = "", value }) => ({ path, value })),
    undefined,
  );
  const whole = {
    ...row,
    fields: [...(row.fields ?? []), ...fields],
    secrets: [...(row.secrets ?? []), ...(before.secrets ?? []).filter(isKept)],
    hosts: union(row.hosts, values.hosts),
    blocks: union(
      row.blocks,
      values.templates.map((one) => `prefect:${api}/block/${one}`),
    ),
  };
  const isWhole = before.fields !== undefined && before.secrets !== undefined && before.incomplete === undefined;
  return isWhole ? whole : cutShort(whole);
}

function union(...lists: readonly (readonly string[] | undefined)[]): string[] {
  return [...new Set(lists.flatMap((list) => list ?? []))].sort();
}

/** What an update of a block leaves of what it held: the fields that it does not name. Null where they were not read. */
function keptOf(before: Row, data: Body): { data: PlannedValue; secrets: Secret[] } | null {
  const { fields, secrets } = before as { fields?: Field[]; secrets?: Secret[] };
  if (fields === undefined || secrets === undefined) return null;
  const isKept = ({ path = "" }: { path?: string }): boolean => {
    const [first] = stepsIn(path.replace(/ \(\d+\)$/, "")) ?? [];
    return first !== undefined && !(first in data);
  };
  const values = fields.filter(isKept).map(({ path = "", value }): { path: string; value: PlannedValue } => ({
    path,
    value: value === undefined ? unknown : value,
  }));
  return { data: rebuilt(values), secrets: secrets.filter(isKept) };
}

/** What Prefect shows in the place of a secret (`src/prefect/utilities/names.py`). */
const obfuscated = "********";

/** A block's data as a server answers it: what its type keeps secret is masked. */
function masked(value: unknown, patterns: readonly string[], steps: readonly (string | number)[] = []): unknown {
  if (Array.isArray(value)) return value.map((each, index) => masked(each, patterns, [...steps, index]));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, masked(each, patterns, [...steps, name])]),
    );
  if (value === null || value === undefined || value === unknownMark) return value;
  return isSecret(patterns, steps) ? obfuscated : value;
}
