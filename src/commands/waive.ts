import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { addWaivers } from "../config/addWaivers.ts";
import type { Configuration } from "../config/config.ts";
import { covers, expired, latestEnd, noWaivers, parseWaivers, type Waiver, type Waivers } from "../config/waivers.ts";
import type { FindingWaiver, ReadWaiver, Report } from "../resources/generated.ts";
import { kinds } from "../resources/kinds.ts";
import { nearest } from "../resources/problem.ts";
import { UsageError } from "./errors.ts";
import { findingIn } from "./explain.ts";
import { loadConfiguration, readWaivers } from "./inputs.ts";
import { writeWhole } from "./output.ts";
import { readReport } from "./report.ts";

/** The options of `leastwise waive`. */
export interface WaiveOptions {
  report: string;
  config?: string;
  reason?: string;
  expires?: string;
  kind: FindingWaiver["kind"];
  requestedBy?: string;
  ticket?: string;
}

/** What every entry says, whatever it is for. */
type Asked = Pick<Waiver, "reason" | "requestedBy" | "approvedBy" | "approvedAt" | "expires" | "ticket">;

/**
 * `leastwise waive`: writes an entry that asks for a waiver into the waivers file. It approves nothing: an entry holds once
 * somebody else has filled `approvedBy` and `approvedAt`.
 * @throws UsageError for a finding that the report does not have or that is waived, and for an end that is too late
 */
export function waive(what: string, options: WaiveOptions): void {
  const configuration = loadConfiguration(options);
  const file = fileOf(configuration);
  const held = existsSync(file.path) ? readWaivers(configuration) : null;
  const report = readReport(options.report);
  const today = new Date().toISOString().slice(0, 10);
  const asked = askedFor(options, configuration, today);
  const entry = entryFor(what, report, asked, options);
  refuseDouble(entry, held?.waivers ?? noWaivers, file.shown, Date.parse(today));
  writeEntries(configuration, held?.text ?? null, [entry]);
  const old = (held?.waivers.findings ?? []).find((each) => covers(each, entry) && expired(each, Date.parse(today)));
  const place = old === undefined ? null : held?.waivers.places.get(old);
  process.stdout.write(
    `${file.shown}: asked for until ${asked.expires}: ${"read" in entry ? entry.read : `${entry.policy} on ${entry.resource}`}\n` +
      "It holds for nothing yet: somebody else fills approvedBy and approvedAt, in a change that is reviewed.\n" +
      (place == null ? "" : `The expired entry for it at line ${place.line} can go.\n`),
  );
}

/** The waivers file, for reading and writing, and as people know it. */
export function fileOf({ waivers, folder, file }: Configuration): { path: string; shown: string } {
  return {
    path: join(folder, waivers.file),
    shown: join(dirname(file), waivers.file).replaceAll("\\", "/"),
  };
}

/** Adds entries to the waivers file, and keeps what stands in it. @throws InputError where the file would not be right then */
export function writeEntries(configuration: Configuration, text: string | null, entries: readonly Waiver[]): void {
  const { path, shown } = fileOf(configuration);
  const written = addWaivers(text, entries);
  parseWaivers(written, shown, configuration.waivers.maxDays);
  writeWhole(path, written);
}

/** What every entry is to say. @throws UsageError for what is missing or wrong in the options */
function askedFor(
  { reason, expires, requestedBy, ticket }: Pick<WaiveOptions, "reason" | "expires" | "requestedBy" | "ticket">,
  configuration: Configuration,
  today: string,
): Asked {
  if (reason === undefined || reason.trim() === "") throw new UsageError("Say with --reason why it is accepted");
  if (expires === undefined) throw new UsageError("Say with --expires on which day it ends, as in 2026-12-15");
  return {
    reason,
    requestedBy: requestedBy ?? askerIn(configuration.folder),
    approvedBy: null,
    approvedAt: null,
    expires: endOf(expires, configuration, today),
    ...(ticket !== undefined && { ticket }),
  };
}

/**
 * The last day of a waiver, as --expires names it.
 * @throws UsageError for what is no day, is over, or is more than `maxDays` away
 */
export function endOf(expires: string, { waivers: { maxDays } }: Configuration, today: string): string {
  const moment = /^\d{4}-\d{2}-\d{2}$/.test(expires) ? Date.parse(expires) : Number.NaN;
  if (Number.isNaN(moment) || new Date(moment).toISOString().slice(0, 10) !== expires)
    throw new UsageError(`--expires ${expires} is no day; write it as 2026-12-15`);
  const latest = latestEnd(today, maxDays);
  if (expires > latest)
    throw new UsageError(
      `--expires ${expires}: a waiver ends ${maxDays} days after its approval, ${latest} at the latest`,
    );
  if (expires < today) throw new UsageError(`--expires ${expires} is over`);
  return expires;
}

/** @throws UsageError where git has no address here */
function askerIn(folder: string): string {
  const address = ownAddress(folder);
  if (address === null) throw new UsageError("Say with --requested-by who asks; git has no user.email here");
  return address;
}

/** The address that git signs with here; null where it has none, or there is no git. */
export function ownAddress(folder: string): string | null {
  try {
    const address = execFileSync("git", ["config", "user.email"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return address === "" ? null : address;
  } catch {
    return null;
  }
}

function entryFor(what: string, report: Report, asked: Asked, { kind, report: file }: WaiveOptions): Waiver {
  const { reason, ...rest } = asked;
  const read = report.unread.find((each) => each.read === what);
  if (read !== undefined) {
    const [name = ""] = what.split(" ");
    const of = name.split(".").slice(0, 2).join(".");
    if (!kinds.has(of)) throw new UsageError(`${what} is a floor of the configuration: lower it there`);
    if (read.waived) throw new UsageError(`${what} is waived already`);
    return { read: read.scope, kinds: [of], reason, ...rest } satisfies ReadWaiver;
  }
  if (what.includes(" ")) {
    const meant = nearest(
      what,
      report.unread.map((each) => each.read),
    );
    throw new UsageError(`${file} has no unread ${what}${meant === null ? "" : `; did you mean ${meant}?`}`);
  }
  const finding = findingIn(report, what, file);
  if (finding.waiver !== null)
    throw new UsageError(`The finding ${finding.id} is waived already, until ${finding.waiver.expires}`);
  if (!kinds.has(finding.resource.kind)) throw new UsageError(`A finding of ${finding.policy} cannot be waived`);
  return {
    policy: finding.policy,
    kind,
    resource: finding.resource.id,
    ...(finding.key !== null && { key: finding.key }),
    reason,
    ...rest,
  } satisfies FindingWaiver;
}

/** @throws UsageError where an entry for the same thing is in force or asked for */
function refuseDouble(entry: Waiver, waivers: Waivers, file: string, now: number): void {
  const all: readonly Waiver[] = [...waivers.findings, ...waivers.reads, ...waivers.requested];
  const double = all.find((each) => covers(each, entry) && !expired(each, now));
  if (double === undefined) return;
  const line = waivers.places.get(double)?.line ?? 1;
  throw new UsageError(`${file}:${line} has an entry for it already, until ${double.expires}: change that one`);
}
