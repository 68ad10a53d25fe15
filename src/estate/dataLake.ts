import { type Answer, type EstateRequest, reply } from "./answer.ts";
import type { EstateData } from "./data.ts";
import { failure } from "./failure.ts";

/** Data Lake Storage, below `/lake/{account}`: the access control lists at the roots of file systems, and nothing in them. */
export function dataLake(request: EstateRequest, data: EstateData): Answer {
  const [account = "", name, ...path] = request.path.split("/").slice(1);
  const lists = data.lake[account.toLowerCase()];
  if (!lists) return failure("dataLake", 404, "ResourceNotFound", "The specified resource does not exist.");
  if (request.method !== "HEAD") {
    return failure("dataLake", 405, "UnsupportedHttpVerb", "The resource doesn't support the specified HTTP verb.");
  }
  if (!/^\d{4}-\d\d-\d\d$/.test(request.header("x-ms-version") ?? "")) {
    return failure("dataLake", 400, "InvalidHeaderValue", "The value for x-ms-version is not in the correct format.");
  }
  if (request.query.get("action") !== "getAccessControl") {
    return failure("dataLake", 400, "InvalidQueryParameterValue", "The value for action is not one that is answered.");
  }
  const list = lists.find((each) => each.filesystem === name);
  if (!list) return failure("dataLake", 404, "FilesystemNotFound", "The specified filesystem does not exist.");
  if (path.length > 0) return failure("dataLake", 404, "PathNotFound", "The specified path does not exist.");
  return reply(null, 200, {
    "x-ms-owner": String(list.owner),
    "x-ms-group": String(list.group),
    "x-ms-permissions": String(list.permissions),
    "x-ms-acl": String(list.acl),
  });
}
