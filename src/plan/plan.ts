import type { Row } from "../resources/kinds.ts";
import { type Unknown, unknown } from "../resources/unknown.ts";

export { type Unknown, unknown };

/** A value of a plan: JSON, in which any part may be unknown. */
export type PlannedValue =
  | string
  | number
  | boolean
  | null
  | Unknown
  | readonly PlannedValue[]
  | { readonly [name: string]: PlannedValue };

/** Where a change is written, as far as its plan tells. */
export interface PlannedAt {
  /** The plan's file, as it was named. */
  file: string;
  /** Counted from 1. */
  line: number;
  column: number;
  /** What the plan calls it, as in terraform:module.lake.azurerm_role_assignment.flows[0]; null where it has no name. */
  address: string | null;
}

/** A thing as its service would answer it once the change is made, with what is not known yet marked. */
export interface PlannedObject {
  /**
   * The type in lower case: of Azure Resource Manager as in microsoft.storage/storageaccounts, of Entra ID as in
   * microsoft.graph/applications, of Prefect as in prefect/block.
   */
  type: string;
  /**
   * The id under which a snapshot would hold it. What has none before it is made has its address, as in
   * terraform:azurerm_user_assigned_identity.flows.
   */
  id: string;
  action: "create" | "update" | "replace" | "delete";
  /** As the service answers it; null for what is deleted. */
  body: { readonly [name: string]: PlannedValue } | null;
  at: PlannedAt;
}

/** A change of one row of a snapshot. */
export type RowChange =
  | {
      action: "upsert";
      kind: string;
      /** A field that is missing is unknown, unless the row is there already and the plan says nothing of the field. */
      row: Row;
      /** Fields that the plan changes to something unknown: what the snapshot says of them no longer holds. */
      unread: readonly string[];
      /** Whether the row is made anew, so that nothing of one with the same id is kept. */
      fresh: boolean;
      at: PlannedAt;
    }
  | { action: "delete"; kind: string; id: string; at: PlannedAt };

/** What a plan changes that cannot be said row by row: rows of a kind at or below a scope may be any. */
export interface Undecided {
  kind: string;
  /** An Azure scope or prefect:<api>; `tenant` where it may be anywhere. */
  scope: string;
  /** Why, as in: the principal is known only after apply. */
  cause: string;
  at: PlannedAt;
}

/** What one file plans. */
export interface Plan {
  file: string;
  /** What it is, by its content. */
  format: "terraform" | "arm-template" | "arm-what-if" | "prefect" | "prefect-blocks";
  /** Whether it does not say its subscription, and more were decided if that were named. */
  lacksSubscription: boolean;
  changes: readonly RowChange[];
  undecided: readonly Undecided[];
  /** Changes of types that no kind stands for, by type: how many. They are named, and decide nothing. */
  ignored: ReadonlyMap<string, number>;
}
