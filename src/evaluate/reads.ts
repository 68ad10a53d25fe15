import type { Policy } from "../policy/policy.ts";
import type { Read } from "../resources/generated.ts";
import { computed } from "./computed/computed.ts";

/** Whether a read brought everything; what a tenant has no licence for is a fact, and nothing is missing. */
export function isRead(read: Read): boolean {
  return read.outcome === "complete" || read.outcome === "notLicensed";
}

/** Fields that stay unread in a tenant without the licence for them: a policy that reads one cannot be asked there. */
const licensed: readonly string[] = ["azure.principal.lastSignIn"];

/** What a policy reads and the tenant has no licence for; null where there is nothing of that. */
export function unlicensed(policy: Policy, reads: readonly Read[]): string | null {
  const found = reads
    .filter(({ outcome }) => outcome === "notLicensed")
    .flatMap(({ kind, fields }) => fields.map((field) => `${kind}.${field}`))
    .find((field) => licensed.includes(field) && policy.reads.has(field));
  return found ?? null;
}

/** Whether a read brings the rows of its kind, and not a field or a count beside them. */
export function readsOfRows(read: Pick<Read, "fields">): boolean {
  return read.fields.length === 0;
}

/** Whether a read only counts what another read lists. */
export function isCount(read: Pick<Read, "fields">): boolean {
  return read.fields.length === 1 && read.fields[0] === "count";
}

/** The kinds whose reads a policy's outcome depends on, those behind its computed fields too. */
export function needs(policy: Policy): Set<string> {
  const found = new Set(policy.kinds);
  for (const read of policy.reads) for (const kind of computed[read]?.needs ?? []) found.add(kind);
  return found;
}

/**
 * Whether a policy is undecided where a read is not complete. Rows matter to every policy that needs their kind; a field
 * that could not be read matters to the policies that read it, and a count to none.
 */
export function decides(read: Pick<Read, "kind" | "fields">, policy: Policy): boolean {
  if (isCount(read)) return false;
  // Each resource is asked whether it is declared, and says itself where a line that may declare it is missing.
  if (read.kind === "source.declaration" && policy.target !== read.kind) return false;
  if (readsOfRows(read)) return needs(policy).has(read.kind);
  const names = read.fields.map((field) => `${read.kind}.${field}`);
  const behind = [...policy.reads].flatMap((each) => computed[each]?.fields ?? []);
  return names.some((name) => policy.reads.has(name) || behind.includes(name));
}

/** Fields without which a row has no name that lasts, so that it is not kept. */
const naming: readonly string[] = ["prefect.deployment.flow"];

/**
 * As `decides`, or whether a policy may be undecided for some of its resources: without the management groups above a
 * subscription nobody knows which environments a grant on one of them reaches, and without a file what it declares.
 */
export function mayDecide(read: Pick<Read, "kind" | "fields">, policy: Policy): boolean {
  const isAncestry = read.kind === "azure.subscription" && read.fields.includes("managementGroups");
  const asksWhere = [...policy.reads].some((each) =>
    /^(?:azure|synapse)\..*\.environments$|\.(?:refersTo|usedIn)$/.test(each),
  );
  const names = read.fields.some((field) => naming.includes(`${read.kind}.${field}`));
  const declares = read.kind === "source.declaration";
  return decides(read, policy) || (isAncestry && asksWhere) || ((names || declares) && needs(policy).has(read.kind));
}
