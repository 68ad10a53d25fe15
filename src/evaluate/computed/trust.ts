import { Unread } from "../../policy/value.ts";
import type { AzureFederatedCredential, AzureManagedIdentity, AzurePrincipal } from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { exactly } from "../environments.ts";
import type { SnapshotWorld } from "../world.ts";
import type { ComputedTable } from "./computed.ts";
import { ofRow, unreadEnvironments } from "./environments.ts";

/** What the trusts in other issuers' tokens amount to. */
export const trust: ComputedTable = {
  "azure.federatedCredential.issuedByOwnTenant": {
    derive: issuedByOwnTenant,
    needs: ["azure.principal", "azure.managedIdentity"],
  },
  "azure.federatedCredential.namesEnvironments": ofRow<AzureFederatedCredential>(
    ({ subject, claimsMatchingExpression }, world) => {
      const text = subject ?? claimsMatchingExpression;
      if (text === undefined || subject === undefined) return unreadEnvironments("the subject was not read");
      return exactly(text === null ? [] : environmentsIn(text, world));
    },
  ),
};

/** The parts of a subject that name where a token comes from, and what parts words in them; a repository names none. */
const places: readonly { pattern: RegExp; border: RegExp }[] = [
  // GitHub: repo:<owner>/<repository>:environment:<name>. What follows is another claim.
  { pattern: /:environment:([^:'"]+)/g, border: /[^a-z0-9]+/ },
  // GitHub and GitLab: a branch belongs to an environment where one of its segments is one, and dev-container is none.
  { pattern: /ref:(?:refs\/(?:heads|tags)\/)?([^:'"]+)/g, border: /\// },
  // Kubernetes: system:serviceaccount:<namespace>:<name>.
  { pattern: /system:serviceaccount:([^'"]+)/g, border: /[^a-z0-9]+/ },
  // Azure DevOps: sc://<organisation>/<project>/<service connection>.
  { pattern: /sc:\/\/[^/]+\/([^'"]+)/g, border: /[^a-z0-9]+/ },
  // HCP Terraform: organization:<name>:project:<name>:workspace:<name>:run_phase:<phase>.
  { pattern: /:workspace:([^:'"]+)/g, border: /[^a-z0-9]+/ },
];

/** Other words for the same environment. */
const synonyms: Readonly<Record<string, string>> = {
  development: "dev",
  devel: "dev",
  testing: "test",
  tst: "test",
  staging: "stage",
  stg: "stage",
  acceptance: "acc",
  production: "prod",
  prd: "prod",
};

function environmentsIn(subject: string, world: SnapshotWorld): string[] {
  const places = wordsIn(subject);
  return world.configuration.environments
    .map(({ name }) => name)
    .filter((name) => {
      const own = ` ${words(name, /[^a-z0-9]+/).join(" ")} `;
      return places.some((place) => place.includes(own));
    });
}

/** The words of each place in the subject, with a space around each. */
function wordsIn(subject: string): string[] {
  const text = subject.toLowerCase();
  return places.flatMap(({ pattern, border }) =>
    [...text.matchAll(pattern)].map(([, place = ""]) => ` ${words(place, border).join(" ")} `),
  );
}

/** non-prod and pre-prod are not prod. */
function words(text: string, border: RegExp): string[] {
  return text
    .toLowerCase()
    .replace(/\b(non|pre)[-_.]?(?=prod|prd)/g, "$1")
    .split(border)
    .filter((word) => word !== "")
    .map((word) => synonyms[word] ?? word);
}

/**
 * Issuers that many tenants share, each tenant below a path of its own: Entra ID's tokens of version 2 and 1 (learn.microsoft.com,
 * access token claims), and clusters of Azure Kubernetes Service (learn.microsoft.com/azure/aks/use-oidc-issuer).
 */
const perTenant: readonly RegExp[] = [
  /^https:\/\/login\.microsoftonline\.com\/([0-9a-f-]{36})\/v2\.0$/i,
  /^https:\/\/sts\.windows\.net\/([0-9a-f-]{36})\/$/i,
  /^https:\/\/[a-z0-9-]{1,40}\.oic\.prod-aks\.azure\.com\/([0-9a-f-]{36})\/[0-9a-f-]{36}\/$/i,
];

function issuedByOwnTenant(row: Row, world: SnapshotWorld): unknown {
  const credential = row as AzureFederatedCredential;
  const { issuer } = credential;
  if (issuer === undefined) return new Unread("azure.federatedCredential.issuer was not read");
  const tenant = perTenant.map((each) => each.exec(issuer)?.[1]?.toLowerCase()).find((each) => each !== undefined);
  if (tenant === undefined) return false;
  const own = ownTenant(credential, world);
  return own === undefined || own === null
    ? new Unread("the tenant of the federated credential's owner was not read")
    : own.toLowerCase() === tenant;
}

/** The tenant of the identity or application that the credential is attached to. */
function ownTenant({ on, ownerId, appId }: AzureFederatedCredential, world: SnapshotWorld): string | null | undefined {
  if (on === "managedIdentity") {
    const [identity] = (world.index("azure.managedIdentity", "id").get(ownerId) ??
      []) as readonly AzureManagedIdentity[];
    return identity?.tenantId;
  }
  const [principal] = (world.index("azure.principal", "appId").get(appId) ?? []) as readonly AzurePrincipal[];
  return principal?.appOwnerTenantId;
}
