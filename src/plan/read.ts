import { fingerprintKeyVariable } from "../collect/collect.ts";
import { parseDocument } from "../resources/document.ts";
import type { Row } from "../resources/kinds.ts";
import { fingerprinter } from "../secrets/fingerprint.ts";
import type { Snapshot } from "../snapshot/read.ts";
import type { LiveRows } from "./arm/objects.ts";
import { isArmTemplate, readArmTemplate } from "./arm/template.ts";
import { isArmWhatIf, readArmWhatIf } from "./arm/whatIf.ts";
import { type PlanFile, readPlanFile, refusedPlan } from "./file.ts";
import type { Plan, PlannedObject, RowChange, Undecided } from "./plan.ts";
import { LivePrefect } from "./prefect/live.ts";
import { isSecret } from "./prefect/paths.ts";
import { prefectFormat, readBlockFolder, readPrefectPlan } from "./prefect/read.ts";
import { type Servers, serverFor } from "./prefect/server.ts";
import type { Around } from "./rows/changes.ts";
import { isPrefectType, prefectRows } from "./rows/prefect.ts";
import { becomesRows, plannedRows } from "./rows/rows.ts";
import { isTerraformPlan } from "./terraform/format.ts";
import { readTerraformPlan } from "./terraform/read.ts";

/** The longest text that is looked into for what is wrong with it where it is of no known format, in UTF-16 code units. */
const mostParsed = 1_000_000;

/** What plans leave open and the command line or the configuration says. */
export interface PlanOptions {
  /** The id of the subscription that a plan goes to which does not say its own; null where nothing is said. */
  subscription: string | null;
  /** The resource group that a template is deployed to; null where nothing is said. */
  resourceGroup: string | null;
  /** The file of parameters for ARM templates; null where there is none. */
  parameters: string | null;
  /** The Prefect server or workspace that a plan goes to; null where nothing is said. */
  prefect: string | null;
  /** The names of the servers that the configuration has. */
  configured: readonly string[];
}

/** What one file plans, before it is put over anything. */
interface PlannedObjects {
  objects: readonly PlannedObject[];
  undecided: readonly Undecided[];
  ignored: ReadonlyMap<string, number>;
  /** Whether naming the subscription would decide more. */
  lacksSubscription?: boolean;
}

/** What is live, as readers of plans ask for it. */
interface Live {
  prefect: LivePrefect;
  rows: LiveRows;
  /** When the change is taken to be made. */
  now: Date;
}

/** A plan that is known to be one. */
export interface OpenPlan {
  file: string;
  format: Plan["format"];
  /** What it changes, over what is live. @throws InputError where that cannot be said of it */
  objects(live: Live): PlannedObjects;
}

/**
 * Opens the files and folders of plans, told apart by what stands in them, so that what is wrong in one is found before
 * anything else is read.
 * @throws InputError where one is missing, none of the formats, or not sound
 */
export function openPlans(files: readonly string[], options: PlanOptions): OpenPlan[] {
  const parameters = options.parameters === null ? null : textOf(options.parameters);
  return files.map((file) => opened(readPlanFile(file), parameters, options));
}

function textOf(file: string): { file: string; text: string } {
  const { text } = readPlanFile(file);
  if (text !== null) return { file, text };
  throw refusedPlan(file, "parameters", "this is a folder, a file of parameters is expected", null);
}

function opened(plan: PlanFile, parameters: { file: string; text: string } | null, options: PlanOptions): OpenPlan {
  const { file, text } = plan;
  if (text === null) return checked(folderOfBlocks(file, options));
  if (isTerraformPlan(text))
    return checked({
      file,
      format: "terraform",
      objects: ({ prefect, rows, now }) =>
        readTerraformPlan(
          { file, text },
          {
            subscription: options.subscription,
            live: rows,
            now,
            keepsSecret: (slug, path) => isSecret(prefect.secretFields("", slug) ?? [], path),
          },
        ),
    });
  if (isArmTemplate(text))
    return checked({
      file,
      format: "arm-template",
      objects: ({ rows }) => readArmTemplate({ file, text }, parameters, { ...options, live: rows }),
    });
  if (isArmWhatIf(text))
    return checked({
      file,
      format: "arm-what-if",
      objects: ({ rows }) => readArmWhatIf({ file, text }, { live: rows }),
    });
  const format = prefectFormat(text, file);
  if (format !== null) return checked(ofPrefect(file, text, format, options));
  // A file that is not sound says so at its place, before anything else can be said of it.
  if (text.length <= mostParsed) parseDocument(file, text);
  throw refusedPlan(
    file,
    "format",
    "this is no plan that is known",
    "plans are what terraform show -json writes, ARM templates and what-if results as JSON, prefect.yaml, Python files " +
      "that deploy, and Prefect blocks as YAML or JSON; a Bicep file becomes a template by az bicep build",
  );
}

/** What is wrong in a plan does not depend on what is live, and is found at once. */
function checked(plan: OpenPlan): OpenPlan {
  plan.objects({
    prefect: new LivePrefect(() => []),
    rows: { row: () => undefined, rows: () => [] },
    now: new Date(0),
  });
  return plan;
}

function ofPrefect(file: string, text: string, format: "prefect" | "prefect-blocks", options: PlanOptions): OpenPlan {
  return {
    file,
    format,
    objects: ({ prefect }) => readPrefectPlan(text, file, { servers: serversOf(options, prefect), path: file }),
  };
}

function folderOfBlocks(file: string, options: PlanOptions): OpenPlan {
  return {
    file,
    format: "prefect-blocks",
    objects: ({ prefect }) => readBlockFolder(file, { servers: serversOf(options, prefect) }),
  };
}

function serversOf({ prefect, configured }: PlanOptions, live: LivePrefect): Servers {
  return { named: prefect, configured, withWorkPool: (name) => live.withWorkPool(name) };
}

/**
 * What plans come to over a snapshot, row by row.
 * @param now when the change is taken to be made
 * @param environment where the organisation's key for fingerprints is looked for
 * @throws InputError where a plan holds what cannot be placed
 */
export function readPlans(
  plans: readonly OpenPlan[],
  snapshot: Snapshot,
  options: PlanOptions,
  now: Date,
  environment: NodeJS.ProcessEnv,
): Plan[] {
  const key = environment[fingerprintKeyVariable];
  const fingerprint = key ? fingerprinter(key) : undefined;
  const rows = (kind: string): Iterable<Row> =>
    snapshot.manifest.files[`${kind}.ndjson`] === undefined ? [] : snapshot.rows(kind);
  const live = new LivePrefect(rows);
  const around = aroundOf(rows, now, fingerprint);
  const read = plans.map((plan) => ({ ...plan, ...plan.objects({ prefect: live, rows: around, now }) }));
  // Things of one plan may refer to those of another, so all become rows together.
  const objects = read.flatMap((plan) => plan.objects);
  const ofPrefect = prefectRows(
    objects.filter(({ type }) => isPrefectType(type)),
    { live, now, fingerprint, apiOf: ({ at }) => serverFor(serversOf(options, live), null, at) },
  );
  const others = plannedRows(
    objects.filter(({ type }) => !isPrefectType(type)),
    around,
  );
  const made = ofPrefect.changes.map((change) => withOwnId(change, around));
  const changes = Map.groupBy<string, RowChange>([...others.changes, ...made], ({ at }) => at.file);
  const undecided = Map.groupBy<string, Undecided>([...others.undecided, ...ofPrefect.undecided], ({ at }) => at.file);
  return read.map(({ file, format, objects: own, undecided: told, ignored, lacksSubscription = false }) => ({
    file,
    format,
    lacksSubscription,
    changes: inside(changes, file),
    undecided: [...told, ...inside(undecided, file)],
    ignored: withTypes(ignored, own),
  }));
}

/**
 * Something new gets its id from Prefect when it is made. Until then it has one that nothing live has, so that what refers
 * to it by that id, as runs to their flow, is known to be nothing.
 */
function withOwnId(change: RowChange, around: Around): RowChange {
  if (change.action === "delete" || change.row.uuid !== undefined) return change;
  if (around.row(change.kind, change.row.id) !== undefined) return change;
  return { ...change, row: { ...change.row, uuid: `planned:${change.row.id}` } };
}

/** What no kind stands for: what the reader of the plan left out, and what becomes no row. */
function withTypes(ignored: ReadonlyMap<string, number>, objects: readonly PlannedObject[]): Map<string, number> {
  const all = new Map(ignored);
  for (const { type } of objects)
    if (!becomesRows(type) && !isPrefectType(type)) all.set(type, (all.get(type) ?? 0) + 1);
  return all;
}

/** The live state, of which each kind that is asked for is read once. */
function aroundOf(rows: (kind: string) => Iterable<Row>, now: Date, fingerprint: Around["fingerprint"]): Around {
  const kinds = new Map<string, ReadonlyMap<string, Row>>();
  const of = (kind: string): ReadonlyMap<string, Row> => {
    const known = kinds.get(kind) ?? new Map([...rows(kind)].map((row) => [row.id, row]));
    kinds.set(kind, known);
    return known;
  };
  return { row: (kind, id) => of(kind).get(id), rows: (kind) => of(kind).values(), now, fingerprint };
}

/** What stands in a file, or in the files of a folder. */
function inside<Item>(byFile: ReadonlyMap<string, readonly Item[]>, file: string): Item[] {
  return [...byFile]
    .filter(([name]) => name === file || name.startsWith(`${file.replace(/\/+$/, "")}/`))
    .flatMap(([, items]) => items);
}
