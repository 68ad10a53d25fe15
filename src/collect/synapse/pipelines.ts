import type { SynapsePipeline } from "../../resources/generated.ts";
import { keptText } from "../forms.ts";
import type { RowReader } from "../reader.ts";
import { type Artifact, artifactId, artifacts, readArtifacts, type Workspace } from "./artifacts.ts";

const read = artifacts("synapse.pipeline", "pipelines");

/** The pipelines of a workspace: what they use, and what stands in them. */
export const pipelines: RowReader<Workspace> = {
  kind: "synapse.pipeline",
  reads: [read],
  rows: (run, workspace) => readArtifacts(run, read, workspace, pipelineRow),
};

interface Activity {
  name?: string;
  type?: string;
  typeProperties?: { authentication?: { type?: unknown; resource?: unknown } | null } | null;
}

/** An artifact of this kind as a row. */
export function pipelineRow(artifact: Artifact): SynapsePipeline & { id: string } {
  const { row, properties } = artifact;
  const { folder } = properties as { folder?: { name?: string } | null };
  const activities = activitiesIn(properties);
  const types = activities.map(({ type }) => type).filter((type) => typeof type === "string");
  return {
    ...row,
    folder: typeof folder?.name === "string" ? keptText(folder.name) : null,
    activityTypes: [...new Set(types)].sort(),
    linkedServices: artifact
      .named("LinkedServiceReference")
      .map((name) => artifactId(row.workspaceId, "linkedservices", name)),
    datasets: artifact.named("DatasetReference"),
    credentials: artifact.named("CredentialReference").map((name) => artifactId(row.workspaceId, "credentials", name)),
    authentications: activities.flatMap(({ name = "", typeProperties }) => {
      const { type, resource } = typeProperties?.authentication ?? {};
      if (typeof type !== "string") return [];
      return [{ activity: keptText(name), type, resource: typeof resource === "string" ? keptText(resource) : null }];
    }),
    clientIds: artifact.clientIds,
    hosts: artifact.hosts,
  };
}

/** The activities at every depth: loops and branches hold further ones in lists whose names end on activities. */
function activitiesIn(value: unknown): Activity[] {
  if (Array.isArray(value)) return value.flatMap(activitiesIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = /activities$/i.test(name) && Array.isArray(inner) ? inner : [];
    return [
      ...own.filter((each): each is Activity => typeof each === "object" && each !== null),
      ...activitiesIn(inner),
    ];
  });
}
