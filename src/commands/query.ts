import type { SnapshotWorld } from "../evaluate/world.ts";
import { type CompiledExpression, compileExpression } from "../policy/cel/compile.ts";
import type { Type } from "../policy/cel/types.ts";
import { displayInText, jsonOf } from "../policy/display.ts";
import { Unread } from "../policy/value.ts";
import { columns, middle, padEnd } from "../report/layout.ts";
import { safeJson, visible } from "../report/text.ts";
import { type FieldType, type Kind, kinds, type Row } from "../resources/kinds.ts";
import { InputError, nearest } from "../resources/problem.ts";
import { UsageError } from "./errors.ts";
import { ExitStatus } from "./exit.ts";
import { openWorld } from "./world.ts";

/** The options of `leastwise query`. */
export interface QueryOptions {
  snapshot: string;
  select?: string;
  format: "table" | "csv" | "json";
}

/** The columns that a kind is shown with where none are named. */
const usual = ["id", "name", "displayName", "type", "environments"];

/** The kind of that name. @throws UsageError with what was probably meant where there is none */
export function kindNamed(name: string): Kind {
  const kind = kinds.get(name);
  if (kind !== undefined) return kind;
  const meant = nearest(name, kinds.keys());
  throw new UsageError(
    `There is no kind ${name}${meant === null ? `; there is ${[...kinds.keys()].join(", ")}` : `; did you mean ${meant}?`}`,
  );
}

/** `leastwise query`: the rows of a kind for which an expression is true; those for which it is unknown are counted. */
export function query(kindName: string, expression: string | undefined, options: QueryOptions): void {
  const kind = kindNamed(kindName);
  const resource: Type = { type: "resource", kind: kind.name, nullable: false };
  const variables = new Map([["r", resource]]);
  const condition =
    expression === undefined
      ? null
      : compileExpression(expression, { variables, expected: { type: "bool", nullable: false } });
  const names = options.select?.split(",").map((each) => each.trim()) ?? usual.filter((name) => kind.fields.has(name));
  const selected = names.map((name) => ({ name, value: columnOf(name, variables) }));
  const world = openWorld(options.snapshot);
  const { snapshot } = world;
  const found: Row[] = [];
  let unknown = 0;
  if (snapshot.manifest.files[`${kind.name}.ndjson`] !== undefined) {
    for (const row of snapshot.rows(kind.name)) {
      const holds = condition === null ? true : condition.evaluate({ r: row }, world);
      if (holds === true) found.push(row);
      else if (holds instanceof Unread) unknown++;
    }
  }
  const cells = (row: Row): string[] => selected.map(({ value }) => shown(value, row, world));
  if (options.format === "json") {
    const whole = options.select === undefined;
    process.stdout.write(safeJson(whole ? found : found.map((row) => picked(selected, row, world))));
  } else if (options.format === "csv") {
    for (const line of [names, ...found.map((row) => cells(row).map(visible))])
      process.stdout.write(`${line.map(csv).join(",")}\r\n`);
  } else table(names, found.map(cells));
  const missing = world.missing(kind.name);
  if (missing !== null) process.stderr.write(`${missing}\n`);
  if (unknown > 0) process.stderr.write(`${unknown} more rows could not be decided\n`);
  process.exitCode = missing === null && unknown === 0 ? ExitStatus.clean : ExitStatus.unknown;
}

/** A column that --select names. @throws UsageError where the kind has no such field */
function columnOf(name: string, variables: ReadonlyMap<string, Type>): CompiledExpression {
  try {
    return compileExpression(`r.${name}`, { variables });
  } catch (error) {
    const [first] = error instanceof InputError ? error.problems : [];
    if (first === undefined) throw error;
    throw new UsageError(`--select ${name}: ${first.message}${first.hint === null ? "" : `; ${first.hint}`}`);
  }
}

/** The chosen fields of a row, as a snapshot has rows: what was not read is missing, and `incomplete` names cut lists. */
function picked(
  selected: readonly { name: string; value: CompiledExpression }[],
  row: Row,
  world: SnapshotWorld,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const incomplete: string[] = [];
  for (const { name, value } of selected) {
    const { json, whole } = jsonOf(value.evaluate({ r: row }, world), value.type);
    if (json === undefined) continue;
    fields[name] = json;
    if (!whole) incomplete.push(name);
  }
  return incomplete.length === 0 ? fields : { ...fields, incomplete };
}

function shown(expression: CompiledExpression, row: Row, world: SnapshotWorld): string {
  return displayInText(expression.evaluate({ r: row }, world), expression.type);
}

/** A cell that a spreadsheet would take for a formula is marked as text. */
function csv(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function table(names: readonly string[], rows: readonly (readonly string[])[]): void {
  const width = process.stdout.columns ?? 160;
  const lines = [names, ...rows.map((row) => row.map(visible))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => columns(line[column] ?? ""))));
  // The widest columns give way until the table fits.
  while (widths.reduce((sum, each) => sum + each + 2, 0) > width && Math.max(...widths) > 8) {
    widths[widths.indexOf(Math.max(...widths))] = Math.max(...widths) - 1;
  }
  for (const line of lines) {
    process.stdout.write(
      `${line
        .map((cell, column) => padEnd(middle(cell, widths[column] ?? 0), widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
}

/** `leastwise query schema`: the fields of a kind, or the kinds. */
export function querySchema(kindName: string | undefined): void {
  if (kindName === undefined) {
    const wide = Math.max(...[...kinds.keys()].map((each) => each.length));
    for (const kind of kinds.values()) process.stdout.write(`${kind.name.padEnd(wide)}  ${kind.description}\n`);
    return;
  }
  const kind = kindNamed(kindName);
  process.stdout.write(`${kind.name}: ${kind.description}\n\n`);
  const described = [...kind.fields.values()].map((field) => ({ ...field, shown: typeName(field.type) }));
  const wide = Math.max(...described.map((each) => each.name.length));
  const wideType = Math.min(40, Math.max(...described.map((each) => each.shown.length)));
  for (const { name, shown, description } of described) {
    process.stdout.write(`  ${name.padEnd(wide)}  ${shown.padEnd(wideType)}  ${description}\n`);
  }
}

function typeName(type: FieldType): string {
  const of = ((): string => {
    switch (type.type) {
      case "list":
        return `list<${typeName(type.of)}>`;
      case "map":
        return `map<string, ${typeName(type.of)}>`;
      case "object":
        return `{${[...type.fields.keys()].join(", ")}}`;
      case "resource":
        return type.kind;
      case "string":
        return type.enum === null ? "string" : type.enum.map((each) => JSON.stringify(each)).join(" | ");
      default:
        return type.type;
    }
  })();
  return type.nullable ? `${of}, or null` : of;
}
