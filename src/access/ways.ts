import { actionTest } from "../resources/actions.ts";
import type {
  AzureApplication,
  AzureKeyVault,
  AzureManagedIdentity,
  AzurePrincipal,
  AzureRoleAssignment,
  AzureRoleDefinition,
  AzureStorageAccount,
  SynapseRoleAssignment,
  SynapseWorkspace,
} from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import type { Known } from "../resources/permits.ts";
import { parseScope } from "../resources/scope.ts";
import { and, anyOf, not, or, type Verdict } from "../resources/verdict.ts";
import { type Access, isCut, isGroup } from "./access.ts";
import { type Becomes, powersOf } from "./directory.ts";
import { nameOf, ownersIndex, withoutOwners } from "./owners.ts";
import { all, whenOf, wordsOf } from "./reach.ts";

/** How somebody can make more of itself than it is. */
export type How =
  | "grantRoles"
  | "changeCustomRole"
  | "attachIdentity"
  | "federateIdentity"
  | "runAsIdentity"
  | "readKeys"
  | "changeVaultPolicy"
  | "grantSynapseRoles"
  | "useWorkspaceIdentity"
  | "ownApplication"
  | "ownGroup"
  | "directoryRole"
  | "appPermission";

/** One way up. */
export interface Way {
  readonly how: How;
  /** Where: the scope of the grant, or the id of what is owned. */
  readonly at: string;
  /** The kind and row that gives it. */
  readonly by: { readonly kind: string; readonly row: Row };
  /** What gives it, in words. */
  readonly words: string;
  /** The group by which the principal has it; null where it has it itself. */
  readonly through: string | null;
  /** Object ids of the principals that it could act as; empty where it gains rights for itself. */
  readonly principals: readonly string[];
  /** Ids of the resources that it could open; empty where it could act as somebody. */
  readonly resources: readonly string[];
  readonly verdict: true | string;
}

const msi = "Microsoft.ManagedIdentity/userAssignedIdentities";
const compute: Readonly<Record<string, readonly string[]>> = {
  "microsoft.app/containerapps": ["Microsoft.App/containerApps/write", "Microsoft.App/containerApps/exec/action"],
  "microsoft.app/jobs": ["Microsoft.App/jobs/write"],
  "microsoft.automation/automationaccounts": ["Microsoft.Automation/automationAccounts/runbooks/write"],
  "microsoft.batch/batchaccounts": ["Microsoft.Batch/batchAccounts/write"],
  "microsoft.compute/virtualmachines": [
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Compute/virtualMachines/runCommand/action",
    "Microsoft.Compute/virtualMachines/extensions/write",
  ],
  "microsoft.compute/virtualmachinescalesets": ["Microsoft.Compute/virtualMachineScaleSets/write"],
  "microsoft.containerinstance/containergroups": [
    "Microsoft.ContainerInstance/containerGroups/write",
    "Microsoft.ContainerInstance/containerGroups/containers/exec/action",
  ],
  "microsoft.datafactory/factories": ["Microsoft.DataFactory/factories/pipelines/write"],
  "microsoft.logic/workflows": ["Microsoft.Logic/workflows/write"],
  "microsoft.web/sites": ["Microsoft.Web/sites/write", "Microsoft.Web/sites/publish/action"],
};

/** The ways by which a principal can make more of itself than it is, by what it holds now. */
export function waysUp(access: Access, principalId: string): Known<Way> {
  return new Search(access, principalId).found();
}

class Search {
  readonly #access: Access;
  readonly #id: string;
  readonly #ids: ReadonlyMap<string, string | null>;
  readonly #ways: Way[] = [];
  readonly #missing: (string | null)[] = [];

  constructor(access: Access, id: string) {
    this.#access = access;
    this.#id = id;
    const groups = access.groupsOf(id);
    this.#missing.push(groups.missing);
    this.#ids = new Map<string, string | null>([...groups.items.map((each) => [each, each] as const), [id, null]]);
  }

  found(): Known<Way> {
    const grants = this.#access.grantsOf(this.#id);
    this.#missing.push(grants.missing);
    for (const row of grants.items) this.#byGrant(row);
    this.#bySynapse();
    this.#byOwnership();
    this.#byDirectory();
    return { items: this.#ways, missing: this.#missing.find((each) => each !== null) ?? null };
  }

  /** What it leads to for sure is one way, and what it may lead to another: a sure way never names what is open. */
  #note(how: How, at: string, by: Way["by"], words: string, holder: unknown, gained: Gained): void {
    const { principals = [], resources = [] } = gained;
    const through = this.#ids.get(String(holder)) ?? null;
    const leads = [...principals, ...resources];
    const add = (verdict: Way["verdict"], wanted: (lead: Lead) => boolean): void => {
      const ids = (list: readonly Lead[]): string[] => [...new Set(list.filter(wanted).map(({ id }) => id))];
      this.#ways.push({ how, at, by, words, through, principals: ids(principals), resources: ids(resources), verdict });
    };
    if (leads.some(({ verdict }) => verdict === true)) add(true, ({ verdict }) => verdict === true);
    const open = anyOf(leads.map(({ verdict }) => verdict).filter((verdict) => verdict !== true));
    if (typeof open === "string") add(open, ({ verdict }) => typeof verdict === "string");
  }

  /** The ways that one role assignment opens. */
  #byGrant(row: Row): void {
    const access = this.#access;
    const { scope, principalId } = row as AzureRoleAssignment;
    const grant = access.grant(row);
    const mayAllow = (action: string): boolean =>
      actionTest(action, "control")(grant.permissions, grant.incomplete) !== false;
    const can = (action: string, at: string): Verdict =>
      access.permitsBy(this.#id, row, { action, plane: "control", scope: at });
    const words = wordsOf(access, row) + (whenOf(row) === "activated" ? ", activated for a while" : "");
    const note = (how: How, gained: Gained): void =>
      this.#note(how, scope?.id ?? row.id, { kind: "azure.roleAssignment", row }, words, principalId, gained);
    const at = scope?.id;
    if (at === undefined) {
      this.#missing.push("the scope of a grant was not read");
      return;
    }
    note("grantRoles", { resources: [{ id: at, verdict: can("Microsoft.Authorization/roleAssignments/write", at) }] });
    if (mayAllow(roleWrite)) {
      note("changeCustomRole", { resources: this.#customRoles((place) => can(roleWrite, place)) });
    }
    for (const [how, actions] of [
      // Managed Identity Operator names the action with a part for the identity, and the provider's list without one.
      ["attachIdentity", [`${msi}/assign/action`, `${msi}/identity/assign/action`]],
      ["federateIdentity", [`${msi}/federatedIdentityCredentials/write`]],
    ] as const) {
      if (!actions.some(mayAllow)) continue;
      note(
        how,
        this.#identities((identity) =>
          identity.type === "userAssigned" ? anyOf(actions.map((action) => can(action, identity.id))) : false,
        ),
      );
    }
    if (Object.values(compute).some((each) => each.some(mayAllow))) {
      note(
        "runAsIdentity",
        this.#identities((identity) => {
          const places = identity.attachedTo;
          if (places === undefined) return "what an identity is attached to was not read";
          const open: Verdict = isCut(identity, "attachedTo") ? "what an identity is attached to was not read" : false;
          return or(
            anyOf(
              places.flatMap((place) =>
                (compute[parseScope(place).resourceType ?? ""] ?? []).map((action) => can(action, place)),
              ),
            ),
            open,
          );
        }),
      );
    }
    if (mayAllow(listKeys))
      note(
        "readKeys",
        this.#accounts((account) => can(listKeys, account.id)),
      );
    if (vaultActions.some(mayAllow)) {
      note(
        "changeVaultPolicy",
        this.#resources<AzureKeyVault>("azure.keyVault", (vault) => {
          const { authorization } = vault;
          const counts: Verdict =
            authorization === undefined ? "whether policies count in a vault was not read" : authorization !== "rbac";
          return and(anyOf(vaultActions.map((action) => can(action, vault.id))), counts);
        }),
      );
    }
  }

  /** Roles of one's own that the principal holds and could widen: it must be allowed to wherever the role is assignable. */
  #customRoles(can: (scope: string) => Verdict): Lead[] {
    const held = new Set(this.#access.grantsOf(this.#id).items.map((each) => each.roleDefinitionId));
    const roles = all(this.#access, "azure.roleDefinition") as (AzureRoleDefinition & Row)[];
    return roles
      .filter(({ type, id }) => type === "CustomRole" && held.has(id))
      .map(({ id, assignableScopes }) => {
        const first: Verdict =
          assignableScopes === undefined ? "where a role is assignable was not read" : assignableScopes.length > 0;
        return { id, verdict: (assignableScopes ?? []).reduce((verdict, scope) => and(verdict, can(scope)), first) };
      });
  }

  /** The identities that `can` admits and that hold something that the principal does not. */
  #identities(can: (identity: AzureManagedIdentity & Row) => Verdict): Gained {
    const missing = this.#access.rows.missing("azure.managedIdentity");
    this.#missing.push(missing);
    return this.#become(
      (all(this.#access, "azure.managedIdentity") as (AzureManagedIdentity & Row)[]).flatMap((identity) => {
        const verdict = can(identity);
        return verdict === false || identity.principalId === undefined
          ? []
          : [{ principalId: identity.principalId, verdict }];
      }),
    );
  }

  /** What becoming one of these brings: only somebody who holds what the principal does not is more than it is. */
  #become(others: readonly { principalId: string; verdict: Verdict }[]): Gained {
    return {
      principals: others.map(({ principalId, verdict }) => ({
        id: principalId,
        verdict: verdict === false ? false : and(verdict, this.#isMore(principalId)),
      })),
    };
  }

  /** Whether somebody else holds a role that the principal does not hold there or above. */
  #isMore(other: string): Verdict {
    if (this.#ids.has(other)) return false;
    const access = this.#access;
    const held = access.grantsOf(this.#id);
    const own = held.items as readonly (AzureRoleAssignment & Row)[];
    const theirs = access.grantsOf(other);
    const covered = ({ roleDefinitionId, scope }: AzureRoleAssignment): Verdict =>
      or(
        anyOf(
          own
            .filter((each) => each.roleDefinitionId === roleDefinitionId && each.condition === null)
            .map((each) =>
              scope?.id === undefined || each.scope?.id === undefined
                ? "the scope of a grant was not read"
                : (access.within(scope.id, each.scope.id) ??
                  "the management groups above a subscription were not read"),
            ),
        ),
        held.missing ?? false,
      );
    const heldSynapse = access.synapseGrantsOf(this.#id);
    const ownSynapse = new Set(heldSynapse.items.map(synapseKey));
    const theirSynapse = access.synapseGrantsOf(other);
    return or(
      anyOf([
        ...theirs.items.map((row) => not(covered(row as AzureRoleAssignment))),
        ...theirSynapse.items.map((row) => ownSynapse.has(synapseKey(row)) === false && (heldSynapse.missing ?? true)),
      ]),
      or(this.#hasPower(other), theirs.missing ?? theirSynapse.missing ?? false),
    );
  }

  /** Whether somebody else administers the directory in a way that the principal does not. */
  #hasPower(other: string): Verdict {
    const { rows } = this.#access;
    const groups = this.#access.groupsOf(other);
    const own = new Set([...this.#ids.keys()].flatMap((id) => powersOf(rows, id).map(({ words }) => words)));
    const theirs = [other, ...groups.items].flatMap((id) => powersOf(rows, id).map(({ words }) => words));
    const missing =
      rows.missing("azure.directoryRole", "principalId") ?? rows.missing("azure.appPermission", "principalId");
    return theirs.some((power) => !own.has(power)) || (missing ?? groups.missing ?? false);
  }

  /** The accounts whose data the keys would open, which the principal cannot read and write already. */
  #accounts(can: (account: AzureStorageAccount & Row) => Verdict): Gained {
    return this.#resources<AzureStorageAccount>("azure.storageAccount", (account) => {
      const keys = account.allowSharedKeyAccess ?? "whether an account accepts keys was not read";
      const data = (action: string): Verdict =>
        this.#access.permits(this.#id, { action: `${blobs}/${action}`, plane: "data", scope: account.id });
      return and(and(can(account), keys), not(and(data("read"), data("write"))));
    });
  }

  #resources<Kind>(kind: string, can: (row: Kind & Row) => Verdict): Gained {
    this.#missing.push(this.#access.rows.missing(kind));
    return { resources: all(this.#access, kind).map((row) => ({ id: row.id, verdict: can(row as Kind & Row) })) };
  }

  /** The ways inside a workspace: granting its roles, and working as its own identity. */
  #bySynapse(): void {
    const { rows } = this.#access;
    const held = this.#access.synapseGrantsOf(this.#id);
    this.#missing.push(held.missing);
    for (const row of held.items) {
      const { workspaceId, scope, roleDefinitionId, principalId } = row as SynapseRoleAssignment;
      const role = rows.index("synapse.roleDefinition", "id").get(roleDefinitionId)?.[0];
      const allowed = (action: string): Verdict =>
        actionTest(`Microsoft.Synapse/workspaces/${action}`, "data")(
          role?.permissions,
          role !== undefined && isCut(role, "permissions"),
        );
      const workspace = rows.index("synapse.workspace", "id").get(workspaceId)?.[0] as SynapseWorkspace | undefined;
      const words = `${role?.name ?? "an unread role"} on ${scope ?? "an unread scope"}`;
      const note = (how: How, gained: Gained): void =>
        this.#note(how, workspaceId ?? row.id, { kind: "synapse.roleAssignment", row }, words, principalId, gained);
      // The workspace's own identity is made its administrator by Azure.
      if (workspace?.identityPrincipalId === this.#id) continue;
      note("grantSynapseRoles", {
        resources: [{ id: workspaceId ?? row.id, verdict: allowed("roleAssignments/write") }],
      });
      const identity = workspace?.identityPrincipalId;
      if (scope !== undefined && !/^workspaces\/[^/]+(?:$|\/credentials\/workspacesystemidentity$)/.test(scope))
        continue;
      const using = allowed("credentials/useSecret/action");
      if (using === false) continue;
      if (identity === undefined) this.#missing.push("the identity of a workspace was not read");
      else if (identity !== null)
        note("useWorkspaceIdentity", this.#become([{ principalId: identity, verdict: using }]));
    }
  }

  /** The ways of owners: of a group, who can add themselves, and of an application, who can add a credential. */
  #byOwnership(): void {
    const { rows } = this.#access;
    this.#missing.push(rows.missing("azure.principal"), rows.missing("azure.application"));
    // Who owns somebody that is no more than this principal does not matter to it.
    const unread = withoutOwners(this.#access).find(({ principalId }) => this.#isMore(principalId) !== false);
    if (unread !== undefined) this.#missing.push(`the owners of ${unread.name} were not read`);
    for (const owned of this.#ownedBy("azure.principal") as (AzurePrincipal & Row)[]) {
      const how = isGroup(owned) ? "ownGroup" : "ownApplication";
      // A rule decides who is in a dynamic group, and its owners do not.
      if (how === "ownGroup" && owned.dynamic === true) continue;
      const verdict: Verdict =
        how === "ownGroup" && owned.dynamic === undefined ? "whether a rule decides was not read" : true;
      this.#owns(how, "azure.principal", owned, owned.id, verdict);
    }
    for (const application of this.#ownedBy("azure.application") as (AzureApplication & Row)[]) {
      for (const principal of rows.index("azure.principal", "appId").get(application.appId) ?? [])
        this.#owns("ownApplication", "azure.application", application, principal.id, true);
    }
  }

  #owns(how: How, kind: string, owned: Row, principalId: string, verdict: Verdict): void {
    if (this.#ways.some((way) => way.how === how && way.principals.includes(principalId))) return;
    const name = nameOf(owned);
    const holder = (owned.owners as string[]).find((each) => this.#ids.has(each));
    this.#note(
      how,
      owned.id,
      { kind, row: owned },
      `owner of ${name}`,
      holder,
      this.#become([{ principalId, verdict }]),
    );
  }

  #ownedBy(kind: string): readonly Row[] {
    const index = ownersIndex(this.#access, kind);
    return [...this.#ids.keys()].flatMap((id) => index.get(id) ?? []);
  }

  /** The ways of those who administer the directory. */
  #byDirectory(): void {
    const { rows } = this.#access;
    this.#missing.push(
      rows.missing("azure.directoryRole", "principalId"),
      rows.missing("azure.appPermission", "principalId"),
    );
    for (const id of this.#ids.keys())
      for (const { how, kind, row, words, becomes } of powersOf(rows, id))
        this.#administers(how, kind, row, words, id, becomes);
  }

  #administers(how: How, kind: string, row: Row, words: string, holder: string, becomes: Becomes): void {
    const note = (gained: Gained): void => this.#note(how, "/", { kind, row }, words, holder, gained);
    if (becomes === "everything") {
      note({ resources: [{ id: "/", verdict: true }] });
      return;
    }
    const principals = all(this.#access, "azure.principal") as (AzurePrincipal & Row)[];
    const reached = principals.filter((each) =>
      becomes === "applications"
        ? each.servicePrincipalType === "Application"
        : each.type === "Group" && each.dynamic !== true && each.assignableToRole !== true,
    );
    this.#missing.push(this.#access.rows.missing("azure.principal"));
    note(this.#become(reached.map(({ id }) => ({ principalId: id, verdict: true }))));
  }
}

/** What a way leads to, each with whether it does. */
interface Gained {
  readonly principals?: readonly Lead[];
  readonly resources?: readonly Lead[];
}

interface Lead {
  readonly id: string;
  readonly verdict: Verdict;
}

const roleWrite = "Microsoft.Authorization/roleDefinitions/write";
const listKeys = "Microsoft.Storage/storageAccounts/listKeys/action";
const vaultActions = ["Microsoft.KeyVault/vaults/accessPolicies/write", "Microsoft.KeyVault/vaults/write"];
const blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";

function synapseKey(row: Row): string {
  const { workspaceId, scope, roleDefinitionId } = row as SynapseRoleAssignment;
  return `${workspaceId} ${scope} ${roleDefinitionId}`;
}
