import { execFileSync, spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RowChange } from "../../src/plan/plan.ts";
import type { Row } from "../../src/resources/kinds.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import { type PrefectServer, prefectEnvironment } from "./server.ts";

/**
 * The project of prefect.yaml, Python files and block definitions, in a folder of its own with values planted in it; its
 * flows stand in a repository too.
 */
export function projectIn(folder: string, plants: Readonly<Record<string, string>>): string {
  const project = join(folder, "project");
  cpSync(join(import.meta.dirname, "project"), project, { recursive: true });
  const repository = join(folder, "flows.git");
  const git = (...args: string[]) => execFileSync("git", args, { cwd: project, stdio: "ignore" });
  git("init", "--initial-branch=main", repository);
  cpSync(join(project, "flows"), join(repository, "flows"), { recursive: true });
  git("-C", repository, "add", ".");
  git("-C", repository, "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-m", "Flows");
  for (const each of readdirSync(project, { recursive: true, withFileTypes: true })) {
    if (!each.isFile()) continue;
    const path = join(each.parentPath, each.name);
    const text = readFileSync(path, "utf8");
    writeFileSync(
      path,
      text.replace(/%(\w+)(:url)?%/g, (whole, name: string, inUrl?: string) => {
        const value = name === "repository" ? repository : (plants[name] ?? whole);
        return inUrl === undefined ? value : encodeURIComponent(value);
      }),
    );
  }
  return project;
}

/** The names of the values that the project has a place for. */
export function plantsOf(folder: string = join(import.meta.dirname, "project")): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const texts = files.map((each) => readFileSync(join(each.parentPath, each.name), "utf8"));
  return [
    ...new Set(texts.flatMap((text) => [...text.matchAll(/%([a-zA-Z]+)(?::url)?%/g)].map(([, name = ""]) => name))),
  ].filter((name) => name !== "repository");
}

/** Runs Python in a folder against a server. @throws what it printed, where it fails */
export function runPython(
  server: PrefectServer,
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(server.python, args, {
      cwd,
      env: { ...prefectEnvironment(server.home), PREFECT_API_URL: server.api, PYTHONPATH: cwd, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        out += chunk;
      });
    child.once("error", reject);
    child.once("close", (status) => {
      if (status === 0) resolve(out);
      else reject(new Error(`python ${args.join(" ")} ended with ${status}:\n${out}`));
    });
  });
}

/** The rows of a snapshot with changes put into them, by kind and id. */
export function withChanges(live: SnapshotContent, changes: readonly RowChange[]): Map<string, Row> {
  const rows = keyed(live);
  for (const change of changes) {
    if (change.action === "delete") {
      rows.delete(`${change.kind} ${change.id}`);
      continue;
    }
    const key = `${change.kind} ${change.row.id}`;
    const before = change.fresh ? undefined : rows.get(key);
    const kept = Object.entries(before ?? {}).filter(
      ([name]) => !change.unread.includes(name) && name !== "incomplete",
    );
    rows.set(key, { ...Object.fromEntries(kept), ...change.row });
  }
  return rows;
}

/** The rows of a snapshot by kind and id. */
export function keyed(content: SnapshotContent): Map<string, Row> {
  return new Map([...content.rows].flatMap(([kind, rows]) => rows.map((row) => [`${kind} ${row.id}`, row] as const)));
}

/** Rows with automations by their names: the server makes them anew, with other ids. */
export function named(rows: ReadonlyMap<string, Row>): Map<string, Row> {
  return new Map(
    [...rows].map(([key, row]) => {
      if (!key.startsWith("prefect.automation ")) return [key, row];
      const { id: _, ...rest } = row;
      return [`prefect.automation ${row.name}`, { ...rest, id: "" }];
    }),
  );
}

/** How a planned row differs from the collected one: what it says otherwise, and what it does not know. */
export interface Difference {
  /** Fields that say something else: always a fault. */
  wrong: Record<string, { planned: unknown; collected: unknown }>;
  /** Fields, and values inside its list of fields, that the plan leaves open. */
  open: string[];
}

type Entry = { path?: string; value?: unknown; set?: unknown };

/** Compares a planned row with the one that was collected when the change was made, field by field. */
export function difference(planned: Row, collected: Row, excepted: ReadonlySet<string>): Difference {
  const found: Difference = { wrong: {}, open: [] };
  const cut = new Set(Array.isArray(planned.incomplete) ? planned.incomplete : []);
  for (const name of new Set([...Object.keys(planned), ...Object.keys(collected)])) {
    if (excepted.has(name) || name === "incomplete") continue;
    const [mine, real] = [planned[name], collected[name]];
    if (mine === undefined && real !== undefined) found.open.push(name);
    else if (Array.isArray(mine) && Array.isArray(real)) compareLists(name, mine, real, cut.has(name), found);
    else if (!same(mine, real)) found.wrong[name] = { planned: mine, collected: real };
  }
  found.open.sort();
  return found;
}

function compareLists(name: string, mine: unknown[], real: unknown[], cut: boolean, found: Difference): void {
  if (cut) found.open.push(`${name}…`);
  const open = new Set(
    mine.flatMap((each) => {
      const { path, value, set } = each as Entry;
      if (path === undefined || (name !== "fields" && name !== "secretFields")) return [];
      return value === undefined && set === undefined ? [path] : [];
    }),
  );
  found.open.push(...[...open].map((path) => `${name}: ${path}`));
  const stated = mine.filter((each) => !open.has((each as Entry).path ?? "\0"));
  const extra = stated.filter((each) => !real.some((one) => same(each, one)));
  const missing = cut
    ? []
    : real.filter((each) => !open.has((each as Entry).path ?? "\0") && !stated.some((one) => same(each, one)));
  if (extra.length > 0 || missing.length > 0) found.wrong[name] = { planned: extra, collected: missing };
}

function same(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
