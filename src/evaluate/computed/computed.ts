import type { Row } from "../../resources/kinds.ts";
import type { SnapshotWorld } from "../world.ts";
import { access } from "./access.ts";
import { declared } from "./declared.ts";
import { environments } from "./environments.ts";
import { logs } from "./logging.ts";
import { references } from "./references.ts";
import { sharing } from "./sharing.ts";
import { trust } from "./trust.ts";
import { uses } from "./uses.ts";
import { vaultSecrets } from "./vaultSecrets.ts";

/** A field that is derived when a policy asks for it. */
export interface Computed {
  /** Its value, as `World.field` gives one. */
  derive(row: Row, world: SnapshotWorld): unknown;
  /** The kinds whose reads it depends on, beside the kind that it stands in. */
  needs?: readonly string[];
  /** Fields of these, as `<kind>.<field>`, that it depends on and that reads of their own bring. */
  fields?: readonly string[];
}

/** Computed fields by `<kind>.<field>`. */
export type ComputedTable = Readonly<Record<string, Computed>>;

/** Every computed field of every kind; what each is stands in the kind's schema. */
export const computed: ComputedTable = {
  ...access,
  ...declared,
  ...environments,
  ...logs,
  ...references,
  ...sharing,
  ...trust,
  ...uses,
  ...vaultSecrets,
};
