import type { Choose } from "../collect/collect.ts";
import type { AzureSubscription, SnapshotSelection } from "../resources/generated.ts";
import { managementGroupId, normaliseId } from "../resources/scope.ts";
import { UsageError } from "./errors.ts";

/** The options that say which subscriptions are looked at. */
export interface PlaceOptions {
  subscription?: string[];
  managementGroup?: string[];
}

type Listed = readonly (AzureSubscription & { id: string })[];

/**
 * The chooser that the options make: what --subscription names, and what lies in what --management-group names. null
 * where the options name nothing.
 * @throws UsageError where a value can name no subscription or management group
 */
export function chooser({ subscription, managementGroup }: PlaceOptions): Choose | null {
  if (subscription === undefined && managementGroup === undefined) return null;
  const subscriptions = [...new Set((subscription ?? []).map(subscriptionId))].sort();
  const managementGroups = [...new Set((managementGroup ?? []).map(groupId))].sort();
  return (listed, isWhole): SnapshotSelection => {
    const read = new Set(subscriptions);
    for (const id of subscriptions) {
      if (!isWhole || listed.some((each) => each.id === id)) continue;
      throw new UsageError(`--subscription ${id}: it is none of the ${counted(listed)} that the credential sees`);
    }
    for (const group of managementGroups) {
      const inside = membersOf(group, listed);
      if (inside.length === 0 && isWhole) throw new UsageError(whyNone(group, listed));
      for (const { id } of inside) read.add(id);
    }
    return { subscriptions, managementGroups, read: [...read].sort() };
  };
}

/** The id of a subscription, as scopes begin with it. @throws UsageError where the text can be none */
export function subscriptionId(text: string): string {
  const id = normaliseId(text).replace(/^\/?(?:subscriptions\/)?/, "/subscriptions/");
  if (/^\/subscriptions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
  throw new UsageError(`--subscription ${text} is no subscription: write its id, a GUID, or /subscriptions/<id>`);
}

function groupId(text: string): string {
  const name = normaliseId(text).replace(/^\/?providers\/microsoft\.management\/managementgroups\//, "");
  if (/^[\w().-]{1,90}$/.test(name)) return managementGroupId(name);
  throw new UsageError(
    `--management-group ${text} is no management group: write its name, or /providers/Microsoft.Management/managementGroups/<name>`,
  );
}

function membersOf(group: string, listed: Listed): Listed {
  const unread = listed.filter(({ managementGroups }) => managementGroups === undefined);
  if (unread.length > 0) {
    throw new UsageError(
      `--management-group ${group}: the management groups above ${counted(unread)} could not be read, so nobody knows ` +
        "what lies in it. Give the reader Management Group Reader on the root group, or name subscriptions",
    );
  }
  return listed.filter(({ managementGroups }) => managementGroups?.includes(group));
}

function whyNone(group: string, listed: Listed): string {
  const groups = [...new Set(listed.flatMap(({ managementGroups }) => managementGroups ?? []))].sort();
  const names = groups.map((each) => each.split("/").at(-1)).join(", ");
  return `--management-group ${group}: none of the ${counted(listed)} lies in it; there is ${names}`;
}

function counted(listed: Listed): string {
  return `${listed.length} subscription${listed.length === 1 ? "" : "s"}`;
}
