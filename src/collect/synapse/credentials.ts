import type { SynapseCredential } from "../../resources/generated.ts";
import { idOf, keptText } from "../forms.ts";
import type { RowReader } from "../reader.ts";
import { textIn } from "../shape.ts";
import { type Artifact, artifacts, literal, readArtifacts, type Workspace } from "./artifacts.ts";

const read = artifacts("synapse.credential", "credentials");

/** The credentials of a workspace: identities that its linked services and pipelines sign in with. */
export const credentials: RowReader<Workspace> = {
  kind: "synapse.credential",
  reads: [read],
  rows: (run, workspace) => readArtifacts(run, read, workspace, synapseCredentialRow),
};

/** An artifact of this kind as a row. @throws TypeError where it says no type */
export function synapseCredentialRow({ row, properties }: Artifact): SynapseCredential & { id: string } {
  const { type, typeProperties = {} } = properties;
  const text = (name: string): string | null => {
    const value = typeProperties[name];
    return typeof value === "string" ? literal(keptText(value)) : null;
  };
  const resource = text("resourceId");
  return {
    ...row,
    type: textIn(type),
    identityResourceId: idOf(resource),
    clientId: text("servicePrincipalId")?.toLowerCase() ?? null,
    tenantId: text("tenant")?.toLowerCase() ?? null,
  };
}
