import { catalogue } from "../collect/catalogue.ts";
import { type ReadDefinition, type Right, readName } from "../collect/definition.ts";
import { mayDecide } from "../evaluate/reads.ts";
import type { Policy } from "../policy/policy.ts";
import { covers } from "../resources/patterns.ts";

/** A read, and the policies that it decides. */
export interface Decided {
  read: ReadDefinition;
  /** Ids, in order. */
  policies: readonly string[];
}

/** Every read of the catalogue with the policies that are undecided without it, or without what is found by way of it. */
export function decidedBy(policies: readonly Policy[]): Decided[] {
  return catalogue.map((read) => {
    const reached = reachedBy(read);
    const decides = (policy: Policy): boolean =>
      reached.some((each) =>
        kindsOf(each).some((kind) => mayDecide({ kind, fields: [...(each.fields ?? [])] }, policy)),
      );
    return {
      read,
      policies: policies
        .filter(decides)
        .map((policy) => policy.id)
        .sort(),
    };
  });
}

/** A read, and the reads that start from its rows. */
function reachedBy(read: ReadDefinition): ReadDefinition[] {
  if (read.fields !== undefined) return [read];
  const reached = new Set([read]);
  for (const each of reached) {
    for (const next of catalogue) if (next.per === each.kind && each.fields === undefined) reached.add(next);
  }
  return [...reached];
}

/** The kinds whose rows or fields a read brings. */
function kindsOf({ kind, also }: ReadDefinition): string[] {
  return also === undefined ? [kind] : [kind, also];
}

/** The reads without which some of the policies are undecided, and those that lead to them. */
export function neededReads(policies: readonly Policy[]): ReadDefinition[] {
  const needed = new Set(decidedBy(policies).flatMap((each) => (each.policies.length > 0 ? [each.read] : [])));
  for (const read of needed) {
    for (const above of catalogue) if (above.kind === read.per && above.fields === undefined) needed.add(above);
  }
  return catalogue.filter((read) => needed.has(read));
}

/** The rights that some reads need, each once, in order. */
export function rightsOf(reads: readonly ReadDefinition[], plane: Right["plane"]): Right[] {
  const rights = new Map(
    reads.filter(({ right }) => right.plane === plane).map(({ right }) => [right.permission, right]),
  );
  return [...rights.values()].sort((a, b) => (a.permission < b.permission ? -1 : 1));
}

/** A custom role of Azure, as `az role definition create` takes it. */
export interface CustomRole {
  Name: string;
  Description: string;
  Actions: string[];
  NotActions: string[];
  DataActions: string[];
  NotDataActions: string[];
  AssignableScopes: string[];
}

/**
 * The smallest role of Azure that lets these reads be made.
 * @param scopes where it can be assigned: subscriptions, because roles with data actions stop below management groups
 */
export function smallestRole(reads: readonly ReadDefinition[], scopes: readonly string[]): CustomRole {
  return {
    Name: "leastwise reader",
    Description: "Reads what leastwise needs for the policies in force, and nothing else.",
    Actions: rightsOf(reads, "azure").map(({ permission }) => permission),
    NotActions: [],
    DataActions: rightsOf(reads, "azureData").map(({ permission }) => permission),
    NotDataActions: [],
    AssignableScopes: [...scopes],
  };
}

/** An element of permissions, as far as excess is seen in it. */
interface Held {
  actions?: readonly string[];
  dataActions?: readonly string[];
}

/**
 * What among the held permissions goes beyond reading: control actions that are not only `…/read`, and data actions that
 * no read of the catalogue needs. A pattern such as `*` goes beyond it, though it holds what is needed too.
 */
export function excess(held: readonly Held[]): string[] {
  const dataNeeds = rightsOf(catalogue, "azureData").map(({ permission }) => permission);
  const control = held.flatMap(({ actions = [] }) => actions).filter((action) => !/\/read$/i.test(action));
  const data = held
    .flatMap(({ dataActions = [] }) => dataActions)
    .filter((action) => (/\*(?!.*\/read$)/i.test(action) ? true : !dataNeeds.some((needed) => covers(action, needed))));
  return [...new Set([...control, ...data])].sort();
}

/** Application permissions of Microsoft Graph that do more than read. */
export function graphExcess(held: readonly string[]): string[] {
  return held.filter((permission) => !/\.Read(?:\.|$)|\.ReadBasic/.test(permission)).sort();
}

/** The name of a read for people, as in synapse.workspace.firewallRules; with its endpoint, or what it is made for, where a name stands for several. */
export function shownRead(read: ReadDefinition): string {
  const twins = catalogue.filter((each) => readName(each) === readName(read));
  if (twins.length === 1) return readName(read);
  const told = twins.some((each) => each !== read && each.endpoint === read.endpoint) ? read.per : read.endpoint;
  return `${readName(read)} (${told})`;
}
