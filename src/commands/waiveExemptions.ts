import { existsSync, readFileSync } from "node:fs";
import { type Exemption, type Imported, importExemption } from "../config/exemptions.ts";
import { covers, expired, noWaivers } from "../config/waivers.ts";
import { prose } from "../report/text.ts";
import { InputError, nearest } from "../resources/problem.ts";
import { UsageError } from "./errors.ts";
import { type InputOptions, loadConfiguration, loadConfigured, policySources, readWaivers } from "./inputs.ts";
import { endOf, fileOf, ownAddress, writeEntries } from "./waive.ts";

/** The options of `leastwise waive --from-exemptions`. */
export interface ExemptionOptions extends InputOptions {
  fromExemptions: string;
  assignment?: string[];
  expires?: string;
  requestedBy?: string;
}

/**
 * `leastwise waive --from-exemptions`: writes an entry for each exemption of Azure Policy whose assignment was given a policy
 * of leastwise, and lists those for which there is none. It approves nothing.
 * @throws InputError where the file is no list of exemptions; UsageError for a policy that there is not
 */
export function waiveExemptions(options: ExemptionOptions): void {
  const configuration = loadConfiguration(options);
  const file = fileOf(configuration);
  const held = existsSync(file.path) ? readWaivers(configuration) : null;
  const today = new Date().toISOString().slice(0, 10);
  const { maxDays } = configuration.waivers;
  const known = loadConfigured(policySources(options, configuration), configuration, options).map(({ id }) => id);
  const mapping = {
    policies: mappingOf(options.assignment ?? [], known),
    requestedBy: options.requestedBy ?? ownAddress(configuration.folder),
    expires: options.expires === undefined ? null : endOf(options.expires, configuration, today),
    today,
    maxDays,
  };
  const imported = readExemptions(options.fromExemptions).map((each) => importExemption(each, mapping));
  const waivers = held?.waivers ?? noWaivers;
  const there = [...waivers.findings, ...waivers.requested].filter((each) => !expired(each, Date.parse(today)));
  const fresh: Imported["entries"] = [];
  for (const each of imported) {
    for (const entry of each.entries) {
      const double = [...there, ...fresh].find((other) => covers(other, entry));
      if (double === undefined) fresh.push(entry);
      else each.notes.push(`an entry for ${entry.policy} on ${entry.resource} is there already`);
    }
  }
  if (fresh.length > 0) writeEntries(configuration, held?.text ?? null, fresh);
  process.stdout.write(
    `${file.shown}: ${fresh.length} entries of ${imported.length} exemptions` +
      `${fresh.length === 0 ? "" : "; they hold for nothing until somebody else fills approvedBy and approvedAt"}\n`,
  );
  for (const { exemption, notes, entries } of imported) {
    for (const note of notes)
      process.stderr.write(`${entries.length === 0 ? "not imported: " : ""}${prose(exemption)}: ${prose(note)}\n`);
  }
}

/** @throws UsageError for what is not `<assignment>=<policy>`, or names a policy that there is not */
function mappingOf(given: readonly string[], known: readonly string[]): Map<string, string> {
  return new Map(
    given.map((each) => {
      const [, assignment, policy] = /^([^=]+)=(\S+)$/.exec(each) ?? [];
      if (assignment === undefined || policy === undefined)
        throw new UsageError(`--assignment ${each}: write it as <assignment>=<policy of leastwise>`);
      if (!known.includes(policy)) {
        const meant = nearest(policy, known);
        throw new UsageError(
          `--assignment ${each}: there is no policy ${policy}${meant === null ? "" : `; did you mean ${meant}?`}`,
        );
      }
      return [assignment.trim().toLowerCase(), policy];
    }),
  );
}

/** @throws InputError where the file is no list of exemptions */
function readExemptions(file: string): Exemption[] {
  const refused = (message: string): InputError =>
    new InputError([
      {
        code: "exemptions/invalid",
        file,
        line: 1,
        column: 1,
        message,
        hint: "write it with: az policy exemption list --disable-scope-strict-match -o json",
      },
    ]);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw refused(error instanceof SyntaxError ? "this is not JSON" : "there is no such file that can be read");
  }
  const list = Array.isArray(value) ? value : (value as { value?: unknown } | null)?.value;
  if (!Array.isArray(list)) throw refused("this is no list of exemptions");
  if (!list.every((each) => typeof each === "object" && each !== null && !Array.isArray(each)))
    throw refused("an item of the list is no exemption");
  return list as Exemption[];
}
