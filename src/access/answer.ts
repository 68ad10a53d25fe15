import type {
  AzureFederatedCredential,
  AzureManagedIdentity,
  AzurePrincipal,
  AzureStorageContainer,
} from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import type { Access } from "./access.ts";
import { opensByHost } from "./hosts.ts";
import { signsInAs } from "./identities.ts";
import { unreadPlanes } from "./planes.ts";
import { all, type Reach, reachable, reachedBy, reachOf, type When } from "./reach.ts";
import { type How, type Way, waysUp } from "./ways.ts";

/** A row that somebody asked about. */
export interface Subject {
  readonly kind: string;
  readonly row: Row;
}

/** Something by its kind, id and the name that people know. */
export interface Named {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  /** Of a principal that is not active: disabled, deleted or foreign. */
  readonly state?: string;
}

/** One step from a principal to what it could make of itself. */
export interface Step {
  readonly from: Named;
  readonly how: How;
  /** What makes it possible, in words. */
  readonly by: string;
  readonly through: Named | null;
  readonly to: Named;
  /** Why it is not sure; null where it is. */
  readonly open: string | null;
}

/** A right on a resource, who has it, and by what. */
export interface Path {
  readonly principal: Named;
  readonly resource: Named;
  readonly right: string;
  readonly by: string;
  readonly byId: string;
  readonly through: Named | null;
  readonly when: When;
  readonly open: string | null;
}

/** What is known of a principal's, a resource's or a Prefect object's access. */
export interface Answer {
  readonly subject: Named;
  readonly groups: readonly Named[];
  /** The identities that a Prefect object signs in with. */
  readonly signsInAs: readonly { readonly principal: Named; readonly path: readonly string[] }[];
  /** The resources that a Prefect object names by host, with the database login in its values. */
  readonly names: readonly { readonly resource: Named; readonly host: string; readonly login: string | null }[];
  /** What the principal, or the object's identities, reach. */
  readonly reaches: readonly Path[];
  /** Whom and what they could make of themselves, each by the steps that lead there. */
  readonly couldBecome: readonly (readonly Step[])[];
  /** Who reaches the resource. */
  readonly reachedBy: readonly Path[];
  /** Who could come to reach the resource, or to act as the principal, by the steps that lead there. */
  readonly couldBecomeIt: readonly (readonly Step[])[];
  /** Tokens of other issuers that are taken for the principal's. */
  readonly trusts: readonly { readonly issuer: string; readonly subject: string; readonly id: string }[];
  /** Why everybody reaches the resource, without signing in; null where nobody does so. */
  readonly everybody: string | null;
  /** Prefect objects that sign in as the principal. */
  readonly usedBy: readonly { readonly object: Named; readonly path: readonly string[] }[];
  /** What the answer does not know of. While it is not empty, that there is no path is not known. */
  readonly unread: readonly string[];
}

const prefectKinds = ["prefect.block", "prefect.deployment", "prefect.workPool"];

/** Everything that is known of the access of one thing, in both directions. */
export function answer(access: Access, { kind, row }: Subject): Answer {
  const name = (id: string): Named => namedPrincipal(access, id);
  const unread = unreadPlanes(access);
  const subject = namedRow(kind, row);
  const nobody: Omit<Answer, "subject" | "unread"> = {
    groups: [],
    signsInAs: [],
    names: [],
    reaches: [],
    couldBecome: [],
    reachedBy: [],
    couldBecomeIt: [],
    trusts: [],
    everybody: null,
    usedBy: [],
  };
  const note = (missing: string | null): void => {
    if (missing !== null && !unread.includes(missing)) unread.push(missing);
  };
  if (kind === "azure.principal") {
    const reach = reachOf(access, row.id);
    note(reach.missing);
    const ways = new Ways(access);
    const groups = access.groupsOf(row.id);
    return {
      ...nobody,
      subject,
      groups: groups.items.map(name),
      reaches: reach.items.map((each) => pathOf(access, each)),
      couldBecome: ways.from(row.id),
      couldBecomeIt: ways.to(new Set([row.id])),
      trusts: trustsOf(access, row),
      usedBy: usersOf(access, row.id),
      unread: [...new Set([...unread, ...ways.missing, ...missingIn(access, "azure.federatedCredential")])],
    };
  }
  if (prefectKinds.includes(kind)) {
    const identities = signsInAs(access.rows, kind, row);
    note(identities.missing);
    const ways = new Ways(access);
    const parts = identities.items.map(({ principalId }) => reachOf(access, principalId));
    for (const { missing } of parts) note(missing);
    return {
      ...nobody,
      subject,
      signsInAs: identities.items.map(({ principalId, path }) => ({ principal: name(principalId), path })),
      names: opensByHost(access.rows, row).map(({ host, login, ...to }) => ({
        resource: namedRow(to.kind, to.row),
        host,
        login,
      })),
      reaches: parts.flatMap(({ items }) => items.map((each) => pathOf(access, each))),
      couldBecome: identities.items.flatMap(({ principalId }) => ways.from(principalId)),
      unread: [...unread, ...ways.missing],
    };
  }
  const reached = reachedBy(access, kind, row);
  note(reached.missing);
  const holders = new Set(
    reached.items.filter(({ when }) => when !== "eligible").map(({ principalId }) => principalId),
  );
  const ways = new Ways(access);
  // Whoever acts as an identity needs no right on the resource that it is.
  const identity = kind === "azure.managedIdentity" ? (row as AzureManagedIdentity).principalId : undefined;
  const targets = new Set([...holders, ...(identity === undefined ? [] : [identity])]);
  return {
    ...nobody,
    subject,
    reachedBy: reached.items.map((each) => pathOf(access, each)),
    couldBecomeIt: [...ways.opening(row.id, holders), ...ways.to(targets)],
    everybody: everybodyReads(kind, row),
    unread: [...new Set([...unread, ...ways.missing])],
  };
}

function missingIn(access: Access, kind: string): string[] {
  const missing = access.rows.missing(kind);
  return missing === null ? [] : [missing];
}

/** The trusts in other issuers' tokens of a principal: on its application, or on its managed identity. */
function trustsOf(access: Access, { id, appId }: Row): Answer["trusts"] {
  const identities = access.rows.index("azure.managedIdentity", "principalId").get(id) ?? [];
  const rows = [
    ...(typeof appId === "string" ? (access.rows.index("azure.federatedCredential", "appId").get(appId) ?? []) : []),
    ...identities.flatMap((each) => access.rows.index("azure.federatedCredential", "ownerId").get(each.id) ?? []),
  ] as (AzureFederatedCredential & Row)[];
  return [...new Map(rows.map((row) => [row.id, row])).values()].map(
    ({ issuer = "an issuer that was not read", subject, claimsMatchingExpression, id: of }) => ({
      issuer,
      subject: subject ?? claimsMatchingExpression ?? "a subject that was not read",
      id: of,
    }),
  );
}

function everybodyReads(kind: string, row: Row): string | null {
  const { publicAccess } = row as AzureStorageContainer;
  if (kind !== "azure.storageContainer" || publicAccess === "none") return null;
  return publicAccess === undefined
    ? "whether everybody may read it was not read"
    : `everybody may read it without signing in (public access: ${publicAccess}), where the account allows that`;
}

/** Whether access can be asked of a kind. */
export function isSubject(kind: string): boolean {
  return kind === "azure.principal" || prefectKinds.includes(kind) || reachable.includes(kind);
}

/** The kinds of which access can be asked. */
export const subjectKinds: readonly string[] = ["azure.principal", ...prefectKinds, ...reachable];

function namedPrincipal(access: Access, id: string): Named {
  const row = access.principal(id);
  const state = row?.state;
  const named = { kind: "azure.principal", id, name: row?.displayName ?? id };
  return state === undefined || state === "active" ? named : { ...named, state };
}

/** A row by the name that people know. */
export function namedRow(kind: string, row: Row): Named {
  const name = [row.displayName, row.name].find((each) => typeof each === "string");
  return { kind, id: row.id, name: typeof name === "string" ? name : row.id };
}

function pathOf(
  access: Access,
  { principalId, kind, resource, right, by, words, through, when, verdict }: Reach,
): Path {
  return {
    principal: namedPrincipal(access, principalId),
    resource: namedRow(kind, resource),
    right,
    by: words,
    byId: by.row.id,
    through: through === null ? null : namedPrincipal(access, through),
    when,
    open: verdict === true ? null : verdict,
  };
}

/** The Prefect objects that sign in as a principal. */
function usersOf(access: Access, principalId: string): Answer["usedBy"] {
  return prefectKinds.flatMap((kind) =>
    all(access, kind).flatMap((row) =>
      signsInAs(access.rows, kind, row)
        .items.filter((each) => each.principalId === principalId)
        .map(({ path }) => ({ object: namedRow(kind, row), path })),
    ),
  );
}

/** The ways up of everybody, as steps that can follow each other. */
class Ways {
  readonly #access: Access;
  readonly #missing = new Set<string>();
  readonly #kept = new Map<string, readonly Step[]>();

  constructor(access: Access) {
    this.#access = access;
  }

  /** Why there may be more ways. */
  get missing(): string[] {
    return [...this.#missing];
  }

  /** Everything that a principal could become or open, by the shortest chain of steps to each. */
  from(id: string): Step[][] {
    const chains: Step[][] = [];
    const seen = new Set([id]);
    let frontier: { at: string; chain: Step[] }[] = [{ at: id, chain: [] }];
    while (frontier.length > 0) {
      const next: typeof frontier = [];
      for (const { at, chain } of frontier) {
        for (const step of this.#steps(at)) {
          const key = step.to.kind === "azure.principal" ? step.to.id : `${step.how} ${step.to.id}`;
          if (seen.has(key)) continue;
          seen.add(key);
          const longer = [...chain, step];
          chains.push(longer);
          if (step.to.kind === "azure.principal") next.push({ at: step.to.id, chain: longer });
        }
      }
      frontier = next;
    }
    return chains;
  }

  /** The chains by which somebody else could come to act as one of these. */
  to(targets: ReadonlySet<string>): Step[][] {
    return this.#everybody()
      .filter((id) => !targets.has(id))
      .flatMap((id) => {
        const chain = this.from(id).find((steps) => targets.has(steps.at(-1)?.to.id ?? ""));
        return chain === undefined ? [] : [chain];
      });
  }

  /** The chains that end by opening a resource itself, or a scope around it, for those who do not reach it now. */
  opening(resource: string, holders: ReadonlySet<string>): Step[][] {
    const opens = ({ to }: Step): boolean =>
      to.kind !== "azure.principal" && this.#access.within(resource, to.id) !== false;
    return this.#everybody().flatMap((id) => {
      const direct = this.#steps(id).filter(opens);
      if (direct.length > 0) return direct.map((step) => [step]);
      const chain = holders.has(id) ? undefined : this.from(id).find((steps) => steps.slice(-1).some(opens));
      return chain === undefined ? [] : [chain];
    });
  }

  #nameOf(scope: string): string {
    if (scope === "/") return "everything in the tenant";
    const subscription = this.#access.rows.index("azure.subscription", "id").get(scope)?.[0];
    return subscription === undefined
      ? (scope.split("/").at(-1) ?? scope)
      : namedRow("azure.subscription", subscription).name;
  }

  #identitiesIn(scopes: readonly string[]): string[] {
    const identities = all(this.#access, "azure.managedIdentity") as (AzureManagedIdentity & Row)[];
    return identities.flatMap(({ id, type, principalId }) =>
      type === "userAssigned" &&
      principalId !== undefined &&
      scopes.some((scope) => this.#access.within(id, scope) === true)
        ? [principalId]
        : [],
    );
  }

  #everybody(): string[] {
    return all(this.#access, "azure.principal").map(({ id }) => id);
  }

  #steps(id: string): readonly Step[] {
    let steps = this.#kept.get(id);
    if (steps === undefined) {
      const { items, missing } = waysUp(this.#access, id);
      if (missing !== null) this.#missing.add(missing);
      steps = items.flatMap((way) => this.#stepsOf(id, way));
      this.#kept.set(id, steps);
    }
    return steps;
  }

  #stepsOf(id: string, { how, words, through, principals, resources, verdict }: Way): Step[] {
    const name = (each: string): Named => namedPrincipal(this.#access, each);
    // Whoever may grant any role at a scope may make itself able to attach the identities there, and act as them.
    const within = how === "grantRoles" ? this.#identitiesIn(resources) : [];
    const to = [
      ...principals.map(name),
      ...within.map(name),
      ...resources.map((each) => ({ kind: "scope", id: each, name: this.#nameOf(each) })),
    ];
    return to.map((each) => ({
      from: name(id),
      how,
      by: words,
      through: through === null ? null : name(through),
      to: each,
      open: verdict === true ? null : verdict,
    }));
  }
}

/** What people call a principal's type. */
export function typeOf(row: Row): string {
  const { type, servicePrincipalType } = row as AzurePrincipal;
  return servicePrincipalType === "ManagedIdentity" ? "managed identity" : (type ?? "principal of an unread type");
}
