import type { AzureKeyVaultKey, KeyRotationPolicy } from "../../resources/generated.ts";
import type { Row } from "../../resources/kinds.ts";
import { type ReadDefinition, readName } from "../definition.ts";
import { listUnder } from "../ledger.ts";
import type { AzureRun, FieldReader, RowReader } from "../reader.ts";
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

const read = vaultRead("azure.keyVaultKey", "keys", "keys/read");
const instead = armRead(read.kind, "keys");

const policyRead: ReadDefinition = {
  ...vaultRead(read.kind, "keys/{key}/rotationpolicy", "keyrotationpolicies/read"),
  fields: ["rotationPolicy"],
  per: read.kind,
  pageSize: null,
};

/** The keys of a vault by their lists alone, which hold no key material. */
export const keyVaultKeys: RowReader<Vault> = {
  kind: read.kind,
  reads: [read, instead],
  rows: (run, vault) =>
    readObjects(run, vault, {
      read,
      rowOf: keyRow,
      instead: { read: instead, rowOf: (each: ArmObjectAnswer, of: Vault) => rowOfArm("keys", each, of) },
    }),
};

/** An item of the vault's own list as a row; null where it has no name. */
export function keyRow(each: ObjectAnswer, vault: Vault): Row | null {
  const row = rowOfVault("keys", each, vault);
  return row && { ...row, readBy: "dataPlane", managed: each.managed ?? false };
}

type KeyRow = AzureKeyVaultKey & { id: string };

/** How a vault renews each of its keys. */
export const keyRotationPolicies: FieldReader<KeyRow> = {
  kind: read.kind,
  reads: [policyRead],
  fields: readPolicy,
};

/** The rotation policy of a key. */
export interface PolicyAnswer {
  lifetimeActions: {
    trigger?: { timeAfterCreate?: string | null; timeBeforeExpiry?: string | null };
    action?: { type?: string };
  }[];
  attributes?: { expiryTime?: string | null };
}

/**
 * A key that belongs to a certificate is not asked about: the certificate's own policy renews it. A key without a policy
 * of its own is answered with the default one, which announces the end 30 days before and renews nothing.
 */
async function readPolicy({ ledger, azure }: AzureRun, key: KeyRow): Promise<{ rotationPolicy?: KeyRotationPolicy }> {
  if (key.managed === true) return { rotationPolicy: null };
  if (key.readBy !== "dataPlane") {
    ledger.notAttempted(policyRead, key.id, "the vault itself did not tell of this key");
    return {};
  }
  const service = azure.keyVault(key.vaultId?.split("/").at(-1) ?? "");
  const { items } = await ledger.read<PolicyAnswer>(
    { read: policyRead, scope: key.id, service },
    listUnder("lifetimeActions"),
    async ({ call, items }) => {
      const path = `/keys/${key.name}/rotationpolicy?api-version=${policyRead.apiVersion}`;
      items.push((await call({ method: "GET", path })).body as PolicyAnswer);
    },
  );
  const [rotationPolicy] = ledger.rowsOf({ kind: readName(policyRead), scope: key.id }, items, rotationPolicyOf);
  return rotationPolicy === undefined ? {} : { rotationPolicy };
}

/** How a vault renews a key, in a row. */
export function rotationPolicyOf({ lifetimeActions, attributes }: PolicyAnswer): NonNullable<KeyRotationPolicy> {
  const trigger = (type: string) => lifetimeActions.find(({ action }) => action?.type?.toLowerCase() === type)?.trigger;
  const rotate = trigger("rotate");
  return {
    rotates: rotate !== undefined,
    rotateDaysAfterCreation: days(rotate?.timeAfterCreate),
    rotateDaysBeforeExpiry: days(rotate?.timeBeforeExpiry),
    notifyDaysBeforeExpiry: days(trigger("notify")?.timeBeforeExpiry),
    expiryDays: days(attributes?.expiryTime),
  };
}

/** The days of a duration as ISO 8601 writes it, as in P90D or P1Y6M; a year has 365 days and a month 30. */
function days(duration: string | null | undefined): number | null {
  if (duration === null || duration === undefined) return null;
  const parts = /^P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/.exec(duration);
  if (parts === null) throw new Error("the duration is not in years, months, weeks and days");
  const [years, months, weeks, single] = parts.slice(1).map((each) => Number(each ?? 0));
  return (years ?? 0) * 365 + (months ?? 0) * 30 + (weeks ?? 0) * 7 + (single ?? 0);
}
