import { maskName } from "../../collect/values.ts";
import type { PlannedAt } from "../plan.ts";
import type { PrefectObject } from "./object.ts";

/** A name as it is kept: a credential that somebody used as one is masked. */
export function maskedName(name: string): string {
  return maskName(name, undefined).name;
}

/** A flow that a deployment brings with it: Prefect makes it where it does not exist, and leaves it as it is where it does. */
export function flowObject(api: string, name: string, at: PlannedAt): PrefectObject {
  return {
    type: "prefect/flow",
    id: `prefect:${api}/flow/${maskedName(name)}`,
    action: "create",
    body: { name, tags: [], labels: {} },
    at,
  };
}
