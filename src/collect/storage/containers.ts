import type {
  AccessControl,
  AccessControlEntry,
  AzureStorageAccount,
  AzureStorageContainer,
} from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { normaliseId } from "../../resources/scope.ts";
import { type ReadDefinition, reader, readName } from "../definition.ts";
import { lower } from "../forms.ts";
import { headers } from "../ledger.ts";
import { type AzureRun, type FieldReader, type RowReader, readArmList } from "../reader.ts";
import { storageVersion } from "./accounts.ts";

const read: ReadDefinition = {
  kind: "azure.storageContainer",
  service: "Azure Resource Manager",
  per: "azure.storageAccount",
  endpoint: "GET {scope}/blobServices/default/containers",
  apiVersion: storageVersion,
  right: reader("Microsoft.Storage/storageAccounts/blobServices/containers/read"),
  pageSize: 5000,
};

/**
 * Path - Get Properties of Data Lake Storage Gen2, with action getAccessControl: the list comes in headers. The page
 * names no right; it reads, so it is an operation of blobs/read (the documentation's page on permissions for data
 * operations). The version goes along in x-ms-version.
 */
const controlRead: ReadDefinition = {
  kind: read.kind,
  fields: ["accessControl", "principalIds"],
  service: "Data Lake",
  per: read.kind,
  endpoint: "HEAD /{container}/?action=getAccessControl",
  apiVersion: "2023-05-03",
  right: {
    plane: "azureData",
    permission: "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
    role: "Storage Blob Data Reader",
  },
  pageSize: null,
};

type Account = AzureStorageAccount & { id: string };
type Container = AzureStorageContainer & { id: string };

/** The containers of a storage account; in one with a hierarchical namespace, its file systems. */
export const storageContainers: RowReader<Account> = { kind: read.kind, reads: [read], rows: readContainers };

/** Who may do what at the root of a file system, beside role assignments. */
export const accessControls: FieldReader<Container> = {
  kind: read.kind,
  reads: [controlRead],
  fields: readAccessControl,
};

/** A container, api-version 2024-01-01. */
export interface ContainerAnswer {
  id?: string;
  name?: string;
  properties: {
    publicAccess?: string;
    hasImmutabilityPolicy?: boolean | null;
    hasLegalHold?: boolean | null;
  };
}

async function readContainers(run: AzureRun, account: Account): Promise<Row[]> {
  // Accounts of this kind hold file shares alone and answer a question for containers with an error.
  if (account.accountKind === "filestorage") return [];
  const { items } = await readArmList<ContainerAnswer>(run, read, account.id);
  return run.ledger.rowsOf({ kind: read.kind, scope: account.id }, items, (each) => containerRow(each, account));
}

/** A container as a row; null where it has no id. */
export function containerRow({ id, properties }: ContainerAnswer, account: Account): Row | null {
  if (typeof id !== "string") return null;
  const { publicAccess } = properties;
  return {
    id: normaliseId(id),
    accountId: account.id,
    name: normaliseId(id).split("/").at(-1),
    ...(publicAccess !== undefined && { publicAccess: lower(publicAccess) }),
    ...(typeof account.isHnsEnabled === "boolean" && { isHnsEnabled: account.isHnsEnabled }),
    hasImmutabilityPolicy: properties.hasImmutabilityPolicy ?? null,
    hasLegalHold: properties.hasLegalHold ?? null,
  };
}

type Fields = Pick<AzureStorageContainer, "accessControl" | "principalIds">;

async function readAccessControl({ ledger, azure }: AzureRun, container: Container): Promise<Fields> {
  const { id, name = "", isHnsEnabled, accountId = "" } = container;
  if (isHnsEnabled === false) return { accessControl: null, principalIds: [] };
  if (isHnsEnabled === undefined) {
    ledger.notAttempted(controlRead, id, "whether the account has a hierarchical namespace was not read");
    return {};
  }
  if (azure.dataLake === null) {
    ledger.notAttempted(controlRead, id, "the configuration gives no address for it (azure.cloud.dataLake)");
    return {};
  }
  const service = azure.dataLake(accountId.split("/").at(-1) ?? "");
  const { items } = await ledger.read<Record<string, string>>(
    { read: controlRead, scope: id, service },
    headers("x-ms-acl", "x-ms-owner", "x-ms-group", "x-ms-permissions"),
    async ({ call, items }) => {
      const path = `/${encodeURIComponent(name)}/?action=getAccessControl&upn=false`;
      const answer = await call({
        method: "HEAD",
        path,
        headers: { "x-ms-version": controlRead.apiVersion ?? "" },
      });
      items.push(answer.body as Record<string, string>);
    },
  );
  const [accessControl] = ledger.rowsOf({ kind: readName(controlRead), scope: id }, items, controlOf);
  return accessControl === undefined ? {} : { accessControl, principalIds: principalsOf(accessControl) };
}

function controlOf(answer: Record<string, string>): NonNullable<AccessControl> {
  const { "x-ms-owner": owner = "", "x-ms-group": group = "", "x-ms-permissions": permissions = "" } = answer;
  const acl = (answer["x-ms-acl"] ?? "").split(",").map(entryOf);
  return { owner: owner.toLowerCase(), group: group.toLowerCase(), permissions, acl };
}

const types = ["user", "group", "mask", "other"] as const;

/** An entry as in default:user:<object id>:r-x; without an id it is about the owner, the owning group or everybody else. */
function entryOf(text: string): AccessControlEntry {
  const parts = /^(default:)?(\w+):([^:]*):([r-][w-][xtT-])$/.exec(text.trim());
  const type = types.find((each) => each === parts?.[2]);
  if (parts === null || type === undefined) throw new Error("an entry of the access control list has another form");
  const [, inherited, , id, permissions = ""] = parts;
  return { scope: inherited ? "default" : "access", type, id: id ? id.toLowerCase() : null, permissions };
}

const objectId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Every principal that the list names; $superuser is none. */
function principalsOf({ owner, group, acl = [] }: NonNullable<AccessControl>): string[] {
  const named = [owner, group, ...acl.map((each) => each.id)].filter((each) => each !== undefined && each !== null);
  return [...new Set(named)].filter((each) => objectId.test(each));
}
