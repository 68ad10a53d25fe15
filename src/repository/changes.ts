import { dirname, posix } from "node:path";
import { type Configuration, parseConfiguration } from "../config/config.ts";
import { parseWaivers, type Waiver } from "../config/waivers.ts";
import { parseDuration } from "../policy/cel/time.ts";
import { parseDocument, readText } from "../resources/document.ts";
import { InputError } from "../resources/problem.ts";
import { codeownersPlaces, ownersBy } from "./codeowners.ts";
import { type Repository, repositoryOf } from "./git.ts";

/** A changed file that decides what is found, and what changed in it. */
export interface ReviewedChange {
  /** From the root of the repository. */
  file: string;
  kind: "configuration" | "waivers" | "policy" | "codeowners";
  /** In words, a line each. */
  what: string[];
  /** Whom CODEOWNERS names for it; empty where it covers the file not. */
  owners: readonly string[];
}

/** What a change does to waivers, policies and configuration. */
export interface ChangeReview {
  /** The commit that the change is compared with: where it began. */
  since: string;
  /** The CODEOWNERS in force, which is the base's; null where the base has none. */
  codeowners: string | null;
  /** In order of file. */
  changes: ReviewedChange[];
  /** The changed files that CODEOWNERS does not cover: where there is one, the gate fails. */
  uncovered: string[];
}

/**
 * What the working tree changes, since it left `base`, of the configuration, the waivers, the policies of one's own and
 * CODEOWNERS itself. Only git and the working tree are read. Whom a change asks for review is decided by the CODEOWNERS of
 * `base`, as GitHub decides it, so a change cannot appoint its own reviewer.
 * @param base a commit, branch or tag
 * @param configurationFile the path of leastwise.yaml
 * @throws InputError where git does not know the base or where the change began, or a file of now is wrong
 */
export function reviewOfChanges(base: string, configurationFile: string): ChangeReview {
  const repository = repositoryOf(dirname(configurationFile));
  const file = repository?.pathOf(configurationFile) ?? null;
  if (repository === null || file === null)
    throw wrong(configurationFile, "it is in no repository of git, so nobody can tell what a change does", null);
  const tip = repository.ask("rev-parse", "--verify", "--quiet", "--end-of-options", `${base}^{commit}`)?.trim();
  if (tip === undefined) throw wrong("--base", `git knows no commit ${base}`, "fetch it: fetch-depth: 0 fetches all");
  const since = repository.ask("merge-base", tip, "HEAD")?.trim();
  if (since === undefined)
    throw wrong("--base", `git does not tell where the change left ${base}`, "fetch the history: fetch-depth: 0");

  const before = (path: string): string | null => repository.ask("show", `${since}:${path}`);
  const changed = changedSince(repository, since);
  const now = (path: string): string | null =>
    changed.get(path) === "D" ? null : readText(`${repository.root}/${path}`, path);
  const folder = dirname(configurationFile);
  const read = (text: string | null): Configuration | null =>
    text === null ? null : parseConfiguration(text, file, folder);
  const then = attempt(() => read(before(file)));
  const current = read(changed.has(file) ? now(file) : before(file));

  const changes: ReviewedChange[] = [];
  const codeowners =
    codeownersPlaces.find((place) => repository.ask("cat-file", "-e", `${tip}:${place}`) !== null) ?? null;
  const owners = ownersBy(codeowners === null ? "" : repository.git("show", `${tip}:${codeowners}`));
  const note = (path: string, kind: ReviewedChange["kind"], what: string[]): void => {
    changes.push({ file: path, kind, what, owners: owners(path) });
  };
  if (changed.has(file)) note(file, "configuration", configurationChanges(then, current));
  const at = (path: string): string => posix.join(posix.dirname(file), path.replaceAll("\\", "/"));
  const waivers = new Set([then.value, current].flatMap((each) => at(each?.waivers.file ?? "waivers.yaml")));
  const maxDays = Math.max(then.value?.waivers.maxDays ?? 0, current?.waivers.maxDays ?? 0) || 90;
  for (const path of waivers) {
    if (!changed.has(path)) continue;
    const held = attempt(() => entriesOf(before(path), path, hundredYears));
    note(path, "waivers", waiverChanges(held, entriesOf(now(path), path, maxDays)));
  }
  const folders = [then.value, current].flatMap((each) => (each?.policies.include ?? []).map(at));
  for (const path of changed.keys()) {
    const isPolicy =
      /\.ya?ml$/.test(path) && folders.some((each) => each === "." || path.startsWith(`${each.replace(/\/$/, "")}/`));
    if (isPolicy) note(path, "policy", policyChanges(before(path), now(path), path));
    if (codeownersPlaces.includes(path)) note(path, "codeowners", ["who is asked for review changes"]);
  }
  changes.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  return {
    since,
    codeowners,
    changes,
    uncovered: changes.filter((each) => each.owners.length === 0).map((each) => each.file),
  };
}

/** In days: what stood in the file before is not judged again. */
const hundredYears = 36_500;

function wrong(file: string, message: string, hint: string | null): InputError {
  return new InputError([{ code: "gate/base", file, line: 1, column: 1, message, hint }]);
}

/** The files that differ from a commit, with git's letter for how; files that are new and not ignored count too. */
function changedSince(repository: Repository, since: string): Map<string, string> {
  const told = repository.git("diff", "--name-status", "--no-renames", "--no-ext-diff", "-z", since).split("\0");
  const found = new Map<string, string>();
  for (let index = 0; index + 1 < told.length; index += 2) found.set(told[index + 1] ?? "", told[index] ?? "");
  const fresh = repository.git("ls-files", "--others", "--exclude-standard", "-z").split("\0");
  for (const path of fresh) if (path !== "") found.set(path, "A");
  return found;
}

/** What stood there before; a file that was wrong then is told of, and all in it counts as new. */
interface Attempt<Value> {
  value: Value | null;
  failed: boolean;
}

function attempt<Value>(work: () => Value | null): Attempt<Value> {
  try {
    return { value: work(), failed: false };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { value: null, failed: true };
  }
}

const couldNot = "what stood there before is wrong, so everything counts as new";

function configurationChanges({ value: then, failed }: Attempt<Configuration>, now: Configuration | null): string[] {
  if (now === null) return ["it is gone, and everything with it: nothing is configured"];
  if (then === null) return [failed ? couldNot : "it is new"];
  const what: string[] = [];
  const lists = [
    ["policy skipped", "policy no longer skipped", then.policies.skip, now.policies.skip],
    ["policies included", "policies no longer included", then.policies.include, now.policies.include],
    ["environment added", "environment no longer looked at", names(then.environments), names(now.environments)],
    ["Prefect server added", "Prefect server no longer read", names(then.prefect), names(now.prefect)],
    ["shared on purpose", "no longer shared", sharedOf(then), sharedOf(now)],
    ["files looked into", "files no longer looked into", filesOf(then, "include"), filesOf(now, "include")],
    ["files left out", "files no longer left out", filesOf(then, "exclude"), filesOf(now, "exclude")],
  ] as const;
  for (const [added, removed, before, after] of lists) {
    for (const each of after) if (!before.includes(each)) what.push(`${added}: ${each}`);
    for (const each of before) if (!after.includes(each)) what.push(`${removed}: ${each}`);
  }
  if (then.azure !== null && now.azure === null) what.push("Azure is no longer read");
  if (then.azure === null && now.azure !== null) what.push("Azure is read");
  what.push(...parameterChanges(then.policies.params, now.policies.params));
  for (const kind of keysOf(then.expect, now.expect)) {
    const [was, is] = [then.expect[kind], now.expect[kind]];
    if (was === is) continue;
    const word = (is ?? 0) < (was ?? 0) ? "floor lowered" : "floor raised";
    what.push(`${word}: ${kind} ${was ?? "without one"} -> ${is ?? "without one"}`);
  }
  if (then.waivers.maxDays !== now.waivers.maxDays) {
    const word = now.waivers.maxDays > then.waivers.maxDays ? "waivers may last longer" : "waivers may last less long";
    what.push(`${word}: ${then.waivers.maxDays} -> ${now.waivers.maxDays} days`);
  }
  if (then.waivers.file !== now.waivers.file)
    what.push(`another file of waivers: ${then.waivers.file} -> ${now.waivers.file}`);
  for (const part of keysOf(then.written, now.written)) {
    const [was, is] = [then.written, now.written].map((each) => JSON.stringify(each[part as keyof typeof each]));
    if (was !== is && ["azure", "prefect", "environments", "owners", "source"].includes(part))
      what.push(`${part} changed`);
  }
  return what.length === 0 ? ["nothing in it that counts: comments or layout"] : what;
}

function names(all: readonly { name: string }[]): string[] {
  return all.map(({ name }) => name);
}

function sharedOf({ sharedIdentities, sharedScopes, sharedServers }: Configuration): string[] {
  return [sharedIdentities, sharedScopes, sharedServers].flatMap((each) => [...each.keys()]);
}

function filesOf({ written }: Configuration, which: "include" | "exclude"): readonly string[] {
  return written.source?.[which] ?? [];
}

function keysOf(...all: readonly object[]): string[] {
  return [...new Set(all.flatMap((each) => Object.keys(each)))].sort();
}

type Params = Configuration["policies"]["params"];

function parameterChanges(then: Params, now: Params): string[] {
  return keysOf(then, now).flatMap((policy) =>
    keysOf(then[policy] ?? {}, now[policy] ?? {}).flatMap((name) => {
      const [was, is] = [then[policy]?.[name], now[policy]?.[name]];
      if (JSON.stringify(was) === JSON.stringify(is)) return [];
      return [`parameter ${directionOf(name, was, is)}: ${policy} ${name} ${shown(was)} -> ${shown(is)}`];
    }),
  );
}

/** Parameters that bound something from above allow more where they are larger; of others nobody can tell. */
function directionOf(name: string, was: unknown, is: unknown): string {
  if (!/^(?:max|most)/.test(name)) return "changed";
  const size = (value: unknown): number | null =>
    typeof value === "number" ? value : typeof value === "string" ? parseDuration(value) : null;
  const [then, now] = [size(was), size(is)];
  if (then === null || now === null) return "changed";
  return now > then ? "loosened" : "tightened";
}

function shown(value: unknown): string {
  return value === undefined ? "the policy's own" : typeof value === "string" ? value : JSON.stringify(value);
}

/** The entries of a waivers file by what they are for; none where there is no file. */
function entriesOf(text: string | null, path: string, maxDays: number): Map<string, Waiver> {
  if (text === null) return new Map();
  const { findings, reads, requested } = parseWaivers(text, path, maxDays);
  const found = new Map<string, Waiver>();
  for (const each of [...findings, ...reads, ...requested]) {
    const subject = subjectOf(each);
    // A second entry for the same thing is one of its own.
    let name = subject;
    for (let number = 2; found.has(name); number++) name = `${subject} (entry ${number})`;
    found.set(name, each);
  }
  return found;
}

function subjectOf(waiver: Waiver): string {
  if ("read" in waiver) return `reads of ${waiver.kinds.join(", ")} in ${waiver.read}`;
  return `${waiver.policy} on ${waiver.resource}${waiver.key === undefined ? "" : ` at ${waiver.key}`}`;
}

function waiverChanges({ value, failed }: Attempt<Map<string, Waiver>>, now: Map<string, Waiver>): string[] {
  const then = value ?? new Map<string, Waiver>();
  const what = failed ? [couldNot] : [];
  for (const [subject, waiver] of now) {
    const old = then.get(subject);
    const approved = waiver.approvedBy == null ? "approved by nobody yet" : `approved by ${waiver.approvedBy}`;
    if (old === undefined) {
      what.push(`waiver added: ${subject} until ${waiver.expires}, asked by ${waiver.requestedBy}, ${approved}`);
      continue;
    }
    if (waiver.expires > old.expires)
      what.push(`waiver extended: ${subject} ${old.expires} -> ${waiver.expires}, ${approved}`);
    if (waiver.expires < old.expires) what.push(`waiver shortened: ${subject} ${old.expires} -> ${waiver.expires}`);
    if (waiver.approvedBy !== old.approvedBy || waiver.approvedAt !== old.approvedAt)
      what.push(`waiver ${approved}: ${subject}`);
    const rest = ["kind", "reason", "requestedBy", "ticket"].filter(
      (field) => waiver[field as keyof Waiver] !== old[field as keyof Waiver],
    );
    if (rest.length > 0) what.push(`waiver reworded (${rest.join(", ")}): ${subject}`);
  }
  for (const subject of then.keys()) if (!now.has(subject)) what.push(`waiver removed: ${subject}`);
  return what.length === 0 ? ["nothing in it that counts: comments, layout or order"] : what;
}

function policyChanges(before: string | null, now: string | null, path: string): string[] {
  const then = attempt(() => (before === null ? null : fieldsOf(before, path)));
  const current = now === null ? null : fieldsOf(now, path);
  if (current === null) return [`policy removed: ${shown(then.value?.id ?? path)}`];
  if (then.value === null) return [then.failed ? couldNot : `policy added: ${shown(current.id)}`];
  const old = then.value;
  const what = keysOf(old, current).flatMap((field) => {
    const [was, is] = [old[field], current[field]];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    const plain = typeof was === "string" && typeof is === "string" && ["severity", "id", "target"].includes(field);
    return [
      plain
        ? `${field}: ${was} -> ${is}`
        : `${field} ${was === undefined ? "added" : is === undefined ? "removed" : "changed"}`,
    ];
  });
  return what.length === 0
    ? ["nothing in it that counts: comments or layout"]
    : what.map((each) => `${shown(current.id)}: ${each}`);
}

function fieldsOf(text: string, path: string): Record<string, unknown> {
  const { value } = parseDocument(path, text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
