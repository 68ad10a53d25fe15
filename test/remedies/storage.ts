import type { ArmResource } from "../../src/estate/data.ts";
import type { Given } from "./command.ts";
import { Refused } from "./words.ts";
import { find, named, object, type Run, resource, rows, same, subscription, type World } from "./world.ts";

const type = "Microsoft.Storage/storageAccounts";

const isTrue = (text: string): boolean => text.toLowerCase() === "true";

/** The rules of the firewall, made where there are none yet. */
function addRange(given: Given, target: ArmResource): void {
  given.only("--resource-group", "--name", "--account-name", "--ip-address");
  target.properties.networkAcls ??= { bypass: "AzureServices", ipRules: [], virtualNetworkRules: [] };
  const acls = object(target.properties.networkAcls);
  const ranges = given.many("--ip-address");
  if (ranges.length === 0) throw new Refused(`${given.name} is given no range`);
  acls.ipRules = [...rows(acls.ipRules ?? []), ...ranges.map((value) => ({ value, action: "Allow" }))];
}

/** What is not covered by a rule is let in or refused. */
function setDefault(given: Given, target: ArmResource): void {
  const action = given.maybe("--default-action");
  if (action === undefined) return;
  const acls = target.properties.networkAcls;
  target.properties.networkAcls = {
    bypass: "AzureServices",
    ipRules: [],
    virtualNetworkRules: [],
    ...object(acls ?? {}),
    defaultAction: action,
  };
}

export const network = { addRange, setDefault };

const update: Run = (given, world) => {
  given.only(
    "--ids",
    "--name",
    "--resource-group",
    "--allow-shared-key-access",
    "--allow-blob-public-access",
    "--default-action",
    "--key-exp-days",
  );
  const account = named(given, world, type);
  const { properties } = account;
  const keys = given.maybe("--allow-shared-key-access");
  if (keys !== undefined) properties.allowSharedKeyAccess = isTrue(keys);
  const isPublic = given.maybe("--allow-blob-public-access");
  if (isPublic !== undefined) properties.allowBlobPublicAccess = isTrue(isPublic);
  const days = given.maybe("--key-exp-days");
  if (days !== undefined) {
    const made = object(properties.keyCreationTime);
    if (made.key1 === null || made.key2 === null)
      throw new Refused("a key was never renewed, so Azure takes no period");
    properties.keyPolicy = { keyExpirationPeriodInDays: Number(days) };
  }
  setDefault(given, account);
};

const updateContainer: Run = (given, world) => {
  given.only("--storage-account", "--resource-group", "--name", "--public-access");
  const account = given.one("--storage-account");
  const id = account.startsWith("/") ? account : named(given, world, type, "--storage-account").id;
  const container = resource(world, `${id}/blobServices/default/containers/${given.one("--name")}`);
  const access = given.one("--public-access").toLowerCase();
  container.properties.publicAccess = { off: "None", blob: "Blob", container: "Container" }[access] ?? null;
};

/** The entries of one principal, gone from a whole file system where there are any; the estate holds its root alone. */
const removeEntries: Run = (given, { data }) => {
  given.only("--account-name", "--file-system", "--path", "--acl", "--auth-mode");
  const account = given.one("--account-name");
  const roots = data.lake[account];
  if (roots === undefined) throw new Refused(`${account} has no file systems`);
  const name = given.one("--file-system");
  const root = find(roots, (each) => each.filesystem === name, `the file system ${name}`);
  const entry = given.one("--acl");
  const acl = String(root.acl).split(",");
  const kept = acl.filter((each) => !each.startsWith(`${entry}:`) && !each.startsWith(`default:${entry}:`));
  root.acl = kept.join(",");
};

export const storage: Record<string, Run> = {
  "az storage account update": update,
  "az storage account network-rule add": (given, world) => addRange(given, named(given, world, type, "--account-name")),
  "az storage account keys renew": (given, world) => {
    given.only("--account-name", "--resource-group", "--key");
    const { properties } = named(given, world, type, "--account-name");
    const key = given.one("--key").replace("primary", "key1").replace("secondary", "key2");
    properties.keyCreationTime = { ...object(properties.keyCreationTime), [key]: world.data.asOf };
  },
  "az storage container-rm update": updateContainer,
  "az storage fs access remove-recursive": removeEntries,
};

/** The account of a name, which a command looks for in its own subscription alone. */
export function accountNamed(given: Given, { data }: World, name: string): ArmResource {
  const within = `/subscriptions/${subscription(given)}/`.toLowerCase();
  return find(
    data.arm.storageAccounts,
    (each) => same(each.name, name) && each.id.toLowerCase().startsWith(within),
    `the storage account ${name} in ${within}`,
  );
}
