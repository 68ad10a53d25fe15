import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Configuration, configurationName, findConfiguration, readConfiguration } from "../config/config.ts";
import { refuseCredentials } from "../config/credentials.ts";
import { parseWaivers, type Waivers } from "../config/waivers.ts";
import type { LeftOut } from "../evaluate/controls.ts";
import { loadPolicies, type PolicySource, readPolicyFolder } from "../policy/load.ts";
import type { Policy } from "../policy/policy.ts";
import { proveApprovals } from "../repository/approvals.ts";
import type { GitHub } from "../repository/github.ts";
import { type Document, parseDocument, readText } from "../resources/document.ts";
import { matchesGlob } from "../resources/glob.ts";
import { InputError, nearest } from "../resources/problem.ts";
import { UsageError } from "./errors.ts";
import { readPack } from "./packs.ts";

/** The options that say which configuration and policies are in force. */
export interface InputOptions {
  config?: string;
  policies?: string[];
}

/** The options that narrow what is looked at. */
export interface SelectionOptions {
  policy?: string[];
  skipPolicy?: string[];
  control?: string[];
  environment?: string[];
}

const builtinFolder = fileURLToPath(new URL("../../policies", import.meta.url));

/** The policies that come with leastwise: nobody else wrote in them. */
const ours = new WeakSet<PolicySource>();

function builtinPolicies(): PolicySource[] {
  const sources = readPolicyFolder(builtinFolder, "policies");
  for (const each of sources) ours.add(each);
  return sources;
}

/** The configuration that the options name, or the nearest one. @throws UsageError where there is none */
export function loadConfiguration({ config }: InputOptions): Configuration {
  const file = config ?? findConfiguration(process.cwd());
  if (file === null) {
    throw new UsageError(
      `There is no ${configurationName} in this folder or above it.\n` +
        "Write one (docs/configuration.md has an example), name one with --config, or try: leastwise scan --demo",
    );
  }
  return readConfiguration(file);
}

/** Whether the options name a configuration, or there is one here or above. */
export function hasConfiguration({ config }: InputOptions): boolean {
  return config !== undefined || findConfiguration(process.cwd()) !== null;
}

/** The policy files that are in force: from the folders and packages of the options, else from those of the configuration. */
export function policySources(options: InputOptions, configuration: Configuration | null): PolicySource[] {
  const include = options.policies ?? configuration?.policies.include ?? ["builtin"];
  const base = options.policies === undefined ? (configuration?.folder ?? process.cwd()) : process.cwd();
  const builtin = include.includes("builtin") ? builtinPolicies() : [];
  const own = include.filter((each) => each !== "builtin").flatMap((each) => readPack(each, base));
  for (const [file, named] of Map.groupBy(own, (each) => each.file)) {
    // A snapshot keeps one's own policies by these names.
    if (new Set(named.map((each) => each.text)).size > 1)
      throw new UsageError(
        `${include.join(" and ")} hold two policies that reports would both name ${file}: rename one`,
      );
  }
  return [...builtin, ...own];
}

/** Policies of one's own as a snapshot keeps them, by name below `inputs/`; the built-in ones come with the package. */
export function ownPolicies(options: InputOptions, configuration: Configuration): Map<string, string> {
  const builtin = new Set(builtinPolicies().map((each) => `${each.file}\0${each.text}`));
  const own = policySources(options, configuration).filter((each) => !builtin.has(`${each.file}\0${each.text}`));
  return new Map(own.map((each) => [`policies/${each.file}`, each.text]));
}

/**
 * Loads policies with the configuration's parameters. A parameter of a policy that --policies leaves out is no error; one
 * of a policy that the configuration itself does not include is.
 * @throws InputError for what is wrong in a policy or parameter
 */
export function loadConfigured(
  sources: readonly PolicySource[],
  configuration: Configuration | null,
  options: InputOptions,
): Policy[] {
  const idsOf = (included: readonly PolicySource[]): ReadonlySet<string> =>
    new Set(loadPolicies(included).map(({ id }) => id));
  let configured: ReadonlySet<string> | undefined;
  let builtin: ReadonlySet<string> | undefined;
  refuseOwnCredentials(sources);
  return loadPolicies(sources, {
    params: configuration?.policies.params ?? {},
    ...(configuration === null ? {} : { paramsFile: configuration.file }),
    absent(id) {
      if (options.policies !== undefined) {
        configured ??= idsOf(policySources({}, configuration));
        if (configured.has(id)) return null;
      }
      builtin ??= idsOf(builtinPolicies());
      return { hint: builtin.has(id) ? "it is built in: add builtin to policies.include" : null };
    },
  });
}

/** @throws InputError for credentials in policies of one's own; what is no YAML is told when it is loaded */
function refuseOwnCredentials(sources: readonly PolicySource[]): void {
  for (const { file, text } of sources.filter((each) => !ours.has(each))) {
    let document: Document;
    try {
      document = parseDocument(file, text);
    } catch (error) {
      if (error instanceof InputError) continue;
      throw error;
    }
    refuseCredentials(document, "a policy needs none: write another word, and rotate the credential");
  }
}

/** Policies in force after the options' selection, and those left out by choice. */
export interface PoliciesInForce {
  policies: Policy[];
  skipped: LeftOut[];
}

/**
 * Loads policies and applies the selection of the configuration and of the options.
 * @throws InputError for what is wrong in a policy; UsageError for a selector that matches nothing
 */
export function loadInForce(
  sources: readonly PolicySource[],
  configuration: Configuration | null,
  selection: SelectionOptions & InputOptions,
): PoliciesInForce {
  const all = loadConfigured(sources, configuration, selection);
  const ids = all.map((each) => each.id);
  for (const [option, globs] of [
    ["--policy", selection.policy],
    ["--skip-policy", selection.skipPolicy],
  ] as const) {
    for (const glob of globs ?? []) {
      if (ids.some((id) => matchesGlob(glob, id))) continue;
      const meant = nearest(glob, ids);
      throw new UsageError(`${option} ${glob} matches no policy${meant === null ? "" : `; did you mean ${meant}?`}`);
    }
  }
  const supports = (policy: Policy): string[] => policy.controls.soc2.map((each) => each.id);
  const criteria = [...new Set(all.flatMap(supports))];
  for (const control of selection.control ?? []) {
    if (criteria.includes(control)) continue;
    const meant = nearest(control, criteria);
    throw new UsageError(
      `--control ${control}: no policy supports it${meant === null ? "" : `; did you mean ${meant}?`}`,
    );
  }
  const known = configuration?.environments.map((each) => each.name) ?? [];
  for (const name of selection.environment ?? []) {
    if (known.includes(name) || name === "tenant") continue;
    const meant = nearest(name, known);
    throw new UsageError(
      `--environment ${name}: the configuration has no such environment${meant === null ? "" : `; did you mean ${meant}?`}`,
    );
  }
  const skipped: PoliciesInForce["skipped"] = [];
  const policies = all.filter((policy) => {
    const because = whyLeftOut(policy, configuration, selection);
    if (because !== null) skipped.push({ policy: policy.id, because, criteria: supports(policy) });
    return because === null;
  });
  return { policies, skipped };
}

function whyLeftOut(policy: Policy, configuration: Configuration | null, selection: SelectionOptions): string | null {
  const matches = (globs: readonly string[]): boolean => globs.some((glob) => matchesGlob(glob, policy.id));
  if (matches(configuration?.policies.skip ?? [])) return "the configuration skips it";
  if (selection.policy !== undefined && !matches(selection.policy)) return "--policy names others";
  if (matches(selection.skipPolicy ?? [])) return "--skip-policy names it";
  if (selection.control !== undefined && !policy.controls.soc2.some(({ id }) => selection.control?.includes(id))) {
    return "--control names other criteria";
  }
  return null;
}

/** A waivers file: as people know it, its text, and what it says. */
export interface WaiversInForce {
  file: string;
  text: string;
  waivers: Waivers;
}

/** What proves who approved the waivers, in a snapshot, below `inputs/`. */
export const approvalsFile = "approvals.json";

/** Waivers with what proves who approved them. @param github whom to ask for reviews; null to look at git alone */
export async function withProofs(
  held: WaiversInForce | null,
  { folder, waivers: { file } }: Configuration,
  github: GitHub | null,
): Promise<WaiversInForce | null> {
  if (held === null) return null;
  const proofs = await proveApprovals(held.waivers, join(folder, file), github);
  return { ...held, waivers: { ...held.waivers, proofs } };
}

/** The waivers file that the configuration names, or `waivers.yaml` beside it, with its text; null where there is none. */
export function readWaivers(configuration: Configuration): WaiversInForce | null {
  const { file, named, maxDays } = configuration.waivers;
  if (!named && !existsSync(join(configuration.folder, file))) return null;
  const shown = join(dirname(configuration.file), file).replaceAll("\\", "/");
  const text = readText(join(configuration.folder, file), shown);
  return { file: shown, text, waivers: parseWaivers(text, shown, maxDays) };
}
