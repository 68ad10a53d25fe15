import { digestOf } from "../resources/digest.ts";
import { type Document, type Position, parseDocument } from "../resources/document.ts";
import type { ApprovalProof, FindingWaiver, ReadWaiver, WaiversFile } from "../resources/generated.ts";
import { kinds } from "../resources/kinds.ts";
import { InputError, nearest, type Problem } from "../resources/problem.ts";
import { validateDocument } from "../resources/validate.ts";
import { refuseCredentials } from "./credentials.ts";

const day = 24 * 60 * 60 * 1000;

/** An entry of `waivers.yaml`. */
export type Waiver = FindingWaiver | ReadWaiver;

/** An entry that somebody has approved. */
export type Approved<Entry extends Waiver = Waiver> = Entry & { approvedBy: string; approvedAt: string };

/** Where an entry stands: its first character, and its last line. */
export interface Place extends Position {
  lastLine: number;
}

/** `waivers.yaml`, checked. */
export interface Waivers {
  /** The file as it is shown to people; null where there is none. */
  file: string | null;
  /** Of the file; null where there is none. */
  digest: string | null;
  findings: readonly Approved<FindingWaiver>[];
  reads: readonly Approved<ReadWaiver>[];
  /** What proves who approved, by the line on which an entry begins; absent where nobody looked for it. */
  proofs?: Readonly<Record<string, ApprovalProof>>;
  /** Entries that nobody has approved yet. */
  requested: readonly Waiver[];
  places: ReadonlyMap<Waiver, Place>;
}

/** No waivers. */
export const noWaivers: Waivers = {
  file: null,
  digest: null,
  findings: [],
  reads: [],
  requested: [],
  places: new Map(),
};

/**
 * Waivers from their text.
 * @param maxDays how many days after its approval a waiver may end at most
 * @throws InputError with everything that is wrong in it
 */
export function parseWaivers(text: string, file: string, maxDays: number): Waivers {
  const document = parseDocument(file, text);
  refuseCredentials(document, "say which one is meant without writing it, and rotate it");
  validateDocument(document, "waivers");
  const problems: Problem[] = [];
  const all = document.value as WaiversFile;
  all.forEach((waiver, index) => {
    const tell = (key: string, message: string, hint: string): void => {
      problems.push({ code: "waivers/value", file, ...document.position([index, key]), message, hint });
    };
    if ("kinds" in waiver) {
      waiver.kinds.forEach((kind, at) => {
        if (kinds.has(kind)) return;
        const meant = nearest(kind, [...kinds.keys()]);
        const position = document.position([index, "kinds", at]);
        const hint = meant === null ? "leastwise query schema lists the kinds" : `did you mean ${meant}?`;
        problems.push({ code: "waivers/value", file, ...position, message: `there is no kind ${kind}`, hint });
      });
    }
    if (isApproved(waiver)) {
      if (isSame(waiver.requestedBy, waiver.approvedBy))
        tell("approvedBy", "the one who asked cannot approve", "let somebody else approve it");
      const latest = latestEnd(waiver.approvedAt, maxDays);
      if (waiver.expires > latest)
        tell("expires", `the waiver ends more than ${maxDays} days after its approval`, `${latest} at the latest`);
      if (waiver.expires < waiver.approvedAt)
        tell("expires", "the waiver ends before it was approved", "set a later day");
    } else {
      for (const [has, lacks] of [
        ["approvedBy", "approvedAt"],
        ["approvedAt", "approvedBy"],
      ] as const)
        if (typeof waiver[has] === "string")
          tell(has, `there is ${has} without ${lacks}`, "fill both, or leave both empty while nobody has approved");
    }
    if ("policy" in waiver && waiver.policy === "waivers/expired")
      tell("policy", "that a waiver has expired cannot be waived", "renew the expired waiver, or take it out");
    const pattern = "resource" in waiver ? waiver.resource : waiver.read;
    const isBounded = bounded.test(pattern) || ("resource" in waiver && inFolder.test(pattern));
    if (pattern.includes("*") && !isBounded) {
      tell(
        "resource" in waiver ? "resource" : "read",
        "the pattern is not bounded",
        "one * is allowed, at the end, after a full subscription id, prefect:<api>/ or a folder of the repository",
      );
    }
  });
  if (problems.length > 0) throw new InputError(problems);
  return {
    file,
    digest: digestOf(text),
    findings: all.filter((each): each is Approved<FindingWaiver> => "policy" in each && isApproved(each)),
    reads: all.filter((each): each is Approved<ReadWaiver> => "read" in each && isApproved(each)),
    requested: all.filter((each) => !isApproved(each)),
    places: new Map(all.map((each, index) => [each, placeOf(document, index)])),
  };
}

function isApproved(waiver: Waiver): waiver is Approved {
  return typeof waiver.approvedBy === "string" && typeof waiver.approvedAt === "string";
}

/** Whether two names or addresses are one person's. */
export function isSame(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

/** The last day on which a waiver may end that is approved on a day. */
export function latestEnd(approvedAt: string, maxDays: number): string {
  return new Date(Date.parse(approvedAt) + maxDays * day).toISOString().slice(0, 10);
}

function placeOf(document: Document, index: number): Place {
  const [start = 0, end = start] = document.node([index])?.range ?? [];
  return { ...document.at(start), lastLine: document.at(Math.max(start, end - 1)).line };
}

const bounded = /^(?:\/subscriptions\/[0-9a-f-]{36}\/[^*]*|prefect:[^/*]+\/[^*]*)\*$/i;

/** A path below a folder of the repository, as the ids of files are. */
const inFolder = /^[^/*:]+\/[^*]*\*$/;

/** Whether a waiver's resource or read names an id: exactly, or by its one trailing `*`. Azure ids are compared without case. */
export function names(pattern: string, id: string): boolean {
  const isAzure = pattern.startsWith("/");
  const wanted = isAzure ? pattern.toLowerCase() : pattern;
  const given = isAzure ? id.toLowerCase() : id;
  return wanted.endsWith("*") ? given.startsWith(wanted.slice(0, -1)) : given === wanted;
}

/** Whether an entry covers everything that another one is for, whenever. */
export function covers(entry: Waiver, other: Waiver): boolean {
  if ("read" in entry)
    return "read" in other && names(entry.read, other.read) && other.kinds.every((each) => entry.kinds.includes(each));
  if ("read" in other || entry.policy !== other.policy || !names(entry.resource, other.resource)) return false;
  return entry.key === undefined || entry.key === other.key;
}

/** What proves who approved an entry; undefined where nobody looked for it. */
export function proofOf({ proofs, places }: Waivers, waiver: Waiver): ApprovalProof | undefined {
  return proofs?.[places.get(waiver)?.line ?? 0];
}

/** Whether a waiver is in force at a moment: from the day of its approval to the end of its last day, in UTC. */
export function inForce(waiver: { approvedAt: string; expires: string }, now: number): boolean {
  return Date.parse(waiver.approvedAt) <= now && !expired(waiver, now);
}

/** Whether a waiver's last day has passed. */
export function expired(waiver: { expires: string }, now: number): boolean {
  return now >= Date.parse(waiver.expires) + day;
}

/** Whether a waiver ends within a fortnight. */
export function expiring(waiver: { approvedAt: string; expires: string }, now: number): boolean {
  return inForce(waiver, now) && now >= Date.parse(waiver.expires) - 13 * day;
}
