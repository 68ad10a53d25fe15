import type { Row } from "../../resources/kinds.ts";
import type { RowReader } from "../reader.ts";
import {
  type ArmObjectAnswer,
  armRead,
  type ObjectAnswer,
  readObjects,
  rowOfArm,
  rowOfVault,
  type Vault,
  vaultRead,
} from "./objects.ts";

const read = vaultRead("azure.keyVaultSecret", "secrets", "secrets/readMetadata/action");
const instead = armRead(read.kind, "secrets");

/** The secrets of a vault by their lists alone, which hold no value. */
export const keyVaultSecrets: RowReader<Vault> = {
  kind: read.kind,
  reads: [read, instead],
  rows: (run, vault) =>
    readObjects(run, vault, { read, rowOf: secretRow, instead: { read: instead, rowOf: rowOfArmSecret } }),
};

/** An item of the vault's own list as a row; null where it has no name. */
export function secretRow(each: ObjectAnswer, vault: Vault): Row | null {
  const row = rowOfVault("secrets", each, vault);
  // `managed` and `contentType` are left out where they are not set (Azure/azure-rest-api-specs, SecretItem).
  return row && { ...row, readBy: "dataPlane", contentType: each.contentType ?? null, managed: each.managed ?? false };
}

function rowOfArmSecret(each: ArmObjectAnswer, vault: Vault): Row | null {
  const row = rowOfArm("secrets", each, vault);
  const { contentType } = each.properties;
  return row && { ...row, ...(contentType !== undefined && { contentType }) };
}
