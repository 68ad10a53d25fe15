import type { Row } from "../../resources/kinds.ts";
import type { RowReader } from "../reader.ts";
import { type ObjectAnswer, readObjects, rowOfVault, type Vault, vaultRead } from "./objects.ts";

const read = vaultRead("azure.keyVaultCertificate", "certificates", "certificates/read");

/** The certificates of a vault, as it lists them; Azure Resource Manager has no such list. */
export const keyVaultCertificates: RowReader<Vault> = {
  kind: read.kind,
  reads: [read],
  rows: (run, vault) => readObjects(run, vault, { read, rowOf: certificateRow }),
};

/** An item of the vault's own list as a row; null where it has no name. */
export function certificateRow(each: ObjectAnswer, vault: Vault): Row | null {
  const row = rowOfVault("certificates", each, vault);
  return row && { ...row, thumbprint: each.x5t ?? null };
}
