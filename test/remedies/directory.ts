import type { DirectoryObject } from "../../src/estate/data.ts";
import type { JsonObject } from "../../src/estate/json.ts";
import type { Given } from "./command.ts";
import { Refused } from "./words.ts";
import { find, json, looks, newId, type Run, rows, same, take, type World, written } from "./world.ts";

/** The application or service principal that a command is about, by its object id or its client id. */
function application(given: Given, { data }: World): DirectoryObject {
  const id = given.one("--id");
  const list = given.name.startsWith("az ad sp ") ? data.graph.servicePrincipals : data.graph.applications;
  return find(list, (each) => same(each.id, id) || same(each.appId, id), `${given.name}: ${id}`);
}

const deleteCredential: Run = (given, world) => {
  const of = application(given, world);
  const field = given.has("--cert") ? "keyCredentials" : "passwordCredentials";
  const list = [...rows(of[field])];
  take(list, (each) => same(each.keyId, given.one("--key-id")), `the credential ${given.one("--key-id")}`);
  of[field] = list;
};

const addSecret: Run = (given, world) => {
  given.only("--id", "--append", "--end-date");
  if (!given.has("--append")) throw new Refused("without --append every other secret is gone at once");
  const of = application(given, world);
  const end = new Date(given.one("--end-date"));
  if (Number.isNaN(end.valueOf())) throw new Refused(`${given.one("--end-date")} is no date`);
  of.passwordCredentials = [
    ...rows(of.passwordCredentials),
    {
      customKeyIdentifier: null,
      displayName: "rbac",
      endDateTime: end.toISOString(),
      hint: "abc",
      keyId: newId(),
      secretText: null,
      startDateTime: world.data.asOf,
    },
  ];
};

const addFederated: Run = (given, world) => {
  const { id } = application(given, world);
  const { name, issuer, subject, audiences } = json(written(world, given.one("--parameters")));
  const federated = world.data.graph.federatedIdentityCredentials;
  const added = { id: newId(), name, issuer, subject, description: null, audiences, claimsMatchingExpression: null };
  federated[id] = [...(federated[id] ?? []), added];
};

export function removeFederated({ data }: World, application: string, idOrName: string): void {
  const list = data.graph.federatedIdentityCredentials[application];
  if (list === undefined) throw new Refused(`${application} has no federated credential`);
  take(list, (each) => same(each.id, idOrName) || each.name === idOrName, `the federated credential ${idOrName}`);
}

export function removeOwner({ data }: World, of: string, owner: string): void {
  take(data.graph.owners[of] ?? [], (each) => same(each, owner), `the owner ${owner} of ${of}`);
}

/** What DELETE of Microsoft Graph takes away, by path. */
export function removeFromGraph(world: World, path: string): void {
  const { graph } = world.data;
  const at = (pattern: RegExp): string[] | null => pattern.exec(path)?.slice(1) ?? null;
  const isId = (id: string) => (each: JsonObject) => each.id === id;
  const directoryRole = at(/^\/v1\.0\/roleManagement\/directory\/roleAssignments\/([^/]+)$/i);
  const permission = at(/^\/v1\.0\/servicePrincipals\/([^/]+)\/appRoleAssignments\/([^/]+)$/i);
  const owner = at(/^\/v1\.0\/(?:applications|groups)\/([^/]+)\/owners\/([^/]+)\/\$ref$/i);
  const federated = at(/^\/v1\.0\/applications\/([^/]+)\/federatedIdentityCredentials\/([^/]+)$/i);
  if (directoryRole !== null) take(graph.directoryRoleAssignments, isId(directoryRole[0] ?? ""), path);
  else if (permission !== null) {
    const [principal, id = ""] = permission;
    take(graph.appRoleAssignments, (each) => isId(id)(each) && same(each.principalId, principal), path);
  } else if (owner !== null) removeOwner(world, owner[0] ?? "", owner[1] ?? "");
  else if (federated !== null) removeFederated(world, federated[0] ?? "", federated[1] ?? "");
  else throw new Refused(`Microsoft Graph deletes nothing at ${path}`);
}

export const directory: Record<string, Run> = {
  "az ad app credential list": looks,
  "az ad app credential delete": deleteCredential,
  "az ad app credential reset": addSecret,
  "az ad sp credential delete": deleteCredential,
  "az ad sp credential reset": addSecret,
  "az ad app federated-credential create": addFederated,
  "az ad app owner remove": (given, world) =>
    removeOwner(world, application(given, world).id, given.one("--owner-object-id")),
};
