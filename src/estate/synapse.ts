import { type Answer, type EstateRequest, list, reply } from "./answer.ts";
import type { EstateData } from "./data.ts";
import { failure } from "./failure.ts";
import type { JsonObject } from "./json.ts";

const VERSIONS = ["2020-08-01-preview", "2020-12-01"];

/** The Synapse data plane, below `/synapse/{workspace}`: who holds which Synapse role, what the roles allow, and artifacts. */
export function synapse(request: EstateRequest, data: EstateData, size: number): Answer {
  const [workspace = "", collection, id, ...more] = request.path.split("/").slice(1);
  const assignments = data.synapse.roleAssignments[workspace.toLowerCase()];
  if (!assignments) return failure("synapse", 404, "WorkspaceNotFound", `The workspace '${workspace}' was not found.`);
  const version = request.query.get("api-version");
  if (!version || !VERSIONS.includes(version)) {
    const code = version ? "UnsupportedApiVersion" : "MissingApiVersionParameter";
    return failure("synapse", 400, code, `The api-version must be one of ${VERSIONS.join(", ")}.`);
  }
  if (request.method !== "GET") return failure("synapse", 405, "MethodNotAllowed", "The method is not allowed.");
  const absent = failure("synapse", 404, "NotFound", `'${request.path}' was not found.`);
  if (more.length > 0) return absent;
  const held = data.synapse.artifacts[workspace.toLowerCase()];
  switch (collection?.toLowerCase()) {
    case "roleassignments": {
      if (id !== undefined) {
        const one = assignments.find((each) => each.id.toLowerCase() === id.toLowerCase());
        return one ? reply(one) : absent;
      }
      const wanted = [
        ["roleDefinitionId", request.query.get("roleid")],
        ["principalId", request.query.get("principalid")],
        ["scope", request.query.get("scope")],
      ] as const;
      const rows = assignments.filter((row) =>
        wanted.every(([field, value]) => value === undefined || row[field].toLowerCase() === value.toLowerCase()),
      );
      return list(rows, { by: "x-ms-continuation", size }, (row) => String(row.scope));
    }
    case "roledefinitions": {
      if (id === undefined) return list(data.synapse.roleDefinitions, { by: "nothing" });
      const one = data.synapse.roleDefinitions.find((each) => String(each.id).toLowerCase() === id.toLowerCase());
      return one ? reply(one) : absent;
    }
    case "rbacscopes":
      return id === undefined ? reply([...new Set(assignments.map((row) => row.scope))]) : absent;
    case "linkedservices":
      return artifacts(held?.linkedServices ?? [], id, size) ?? absent;
    case "credentials":
      return artifacts(held?.credentials ?? [], id, size) ?? absent;
    case "pipelines":
      return artifacts(held?.pipelines ?? [], id, size) ?? absent;
    default:
      return absent;
  }
}

/** All artifacts of a collection, or the one of a name; undefined where there is none. */
function artifacts(rows: readonly JsonObject[], name: string | undefined, size: number): Answer | undefined {
  if (name === undefined) return list(rows, { by: "nextLink", size });
  const one = rows.find((each) => String(each.name).toLowerCase() === name.toLowerCase());
  return one && reply(one);
}
