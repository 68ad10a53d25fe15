import type { AzureFederatedCredential } from "../../resources/generated.ts";
import { exactly } from "../environments.ts";
import type { SnapshotWorld } from "../world.ts";
import type { ComputedTable } from "./computed.ts";
import { ofRow, unreadEnvironments } from "./environments.ts";

/** What the trusts in other issuers' tokens say of environments. */
export const trust: ComputedTable = {
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
