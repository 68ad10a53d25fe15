import type { KeyVault } from "../../src/estate/data.ts";
import type { JsonObject } from "../../src/estate/json.ts";
import type { Given } from "./command.ts";
import { network } from "./storage.ts";
import { Refused } from "./words.ts";
import { find, json, named, object, type Run, rows, same, seconds, type World } from "./world.ts";

const type = "Microsoft.KeyVault/vaults";

const update: Run = (given, world) => {
  given.only("--name", "--resource-group", "--enable-rbac-authorization", "--default-action");
  const vault = named(given, world, type);
  const byRoles = given.maybe("--enable-rbac-authorization");
  if (byRoles !== undefined) vault.properties.enableRbacAuthorization = byRoles === "true";
  network.setDefault(given, vault);
};

const deletePolicy: Run = (given, world) => {
  given.only("--name", "--resource-group", "--object-id");
  const { properties } = named(given, world, type);
  if (properties.enableRbacAuthorization === true) throw new Refused("the vault gives access by roles");
  const objectId = given.one("--object-id");
  const policies = rows(properties.accessPolicies);
  const kept = policies.filter((each) => !same(each.objectId, objectId));
  if (kept.length === policies.length) throw new Refused(`${objectId} has no policy`);
  properties.accessPolicies = kept;
};

/** What a vault holds of a kind; it answers at its own address, whatever its subscription. */
function held(given: Given, { data }: World, kind: keyof KeyVault): { host: string; list: JsonObject[]; name: string } {
  const vault = given.one("--vault-name");
  const list = data.keyVault[vault]?.[kind];
  if (list === undefined) throw new Refused(`there is no vault ${vault}`);
  return { host: `https://${vault}.vault.azure.net`, list, name: given.one("--name") };
}

/** Makes a version of something the newest. */
function renew(list: JsonObject[], id: string, attributes: JsonObject): void {
  const of = list.find((each) => same(each.id, id));
  if (of === undefined) list.push({ id, attributes, tags: {} });
  else of.attributes = attributes;
}

const setSecret: Run = (given, world) => {
  given.only("--vault-name", "--name", "--file", "--expires");
  const { host, list, name } = held(given, world, "secrets");
  const now = seconds(world.data.asOf);
  const expires = given.maybe("--expires");
  renew(list, `${host}/secrets/${name}`, {
    enabled: true,
    ...(expires !== undefined && { exp: seconds(expires) }),
    created: now,
    updated: now,
    recoveryLevel: "Recoverable",
    recoverableDays: 90,
  });
};

/** A certificate of so many months, with its key and its secret. */
const createCertificate: Run = (given, world) => {
  given.only("--vault-name", "--name", "--policy");
  const { host, list, name } = held(given, world, "certificates");
  const policy = json(given.one("--policy"));
  const months = object(policy.x509CertificateProperties).validityInMonths;
  if (typeof months !== "number") throw new Refused("the policy says no validity");
  const end = new Date(world.data.asOf);
  end.setUTCMonth(end.getUTCMonth() + months);
  const nbf = seconds(world.data.asOf);
  const attributes = { enabled: true, nbf, exp: seconds(end.toISOString()), created: nbf, updated: nbf };
  renew(list, `${host}/certificates/${name}`, attributes);
  for (const kind of ["keys", "secrets"] as const) {
    const { list: beside } = held(given, world, kind);
    const id = `${host}/${kind}/${name}`;
    const of = beside.find((each) => same(each.id ?? each.kid, id));
    if (of !== undefined) of.attributes = { ...object(of.attributes), ...attributes };
  }
};

const setRotation: Run = (given, world) => {
  given.only("--vault-name", "--name", "--value");
  const { list: keys, host, name } = held(given, world, "keys");
  find(keys, (each) => same(each.kid, `${host}/keys/${name}`), `the key ${name}`);
  const { list: policies } = held(given, world, "rotationPolicies");
  const now = seconds(world.data.asOf);
  const wanted = json(given.one("--value"));
  const policy: JsonObject = {
    id: `${host}/keys/${name}/rotationpolicy`,
    lifetimeActions: rows(wanted.lifetimeActions),
    attributes: { ...object(wanted.attributes ?? {}), created: now, updated: now },
  };
  const at = policies.findIndex((each) => same(each.id, policy.id));
  if (at === -1) policies.push(policy);
  else policies[at] = policy;
};

export const vaults: Record<string, Run> = {
  "az keyvault update": update,
  "az keyvault delete-policy": deletePolicy,
  "az keyvault network-rule add": (given, world) => network.addRange(given, named(given, world, type)),
  "az keyvault secret set": setSecret,
  "az keyvault certificate create": createCertificate,
  "az keyvault key rotation-policy update": setRotation,
};
