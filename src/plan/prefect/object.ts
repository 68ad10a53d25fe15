import type { PlannedObject, PlannedValue, Undecided } from "../plan.ts";

/** What becomes of a place like `{{ step.output }}`: it stays, it goes, or something unknown takes its place. */
export type Fate = "kept" | "removed" | "unknown";

/** An object of Prefect that a file plans. */
export interface PrefectObject extends PlannedObject {
  /** The id of the deployment that an automation belongs to. */
  owner?: string;
  /** What is sent otherwise where the object exists already, by the names of its body. */
  whenThere?: Readonly<Record<string, PlannedValue>>;
  /**
   * Where `prefect deploy` fills in templates before it sends them: blocks and variables by what they hold at that moment,
   * so that the deployment holds the values. Absent where what the file says is sent as it is.
   */
  fill?: {
    /** What becomes of a place in its values that is no block, variable or environment variable. */
    inValues(name: string): Fate;
    /** The same in its pull steps, where blocks and variables stay. */
    inPull(name: string): Fate;
  };
}

/** What files of Prefect plan. */
export interface PrefectPlan {
  objects: readonly PrefectObject[];
  undecided: readonly Undecided[];
  /** What the files have that their tools leave out: how many, by what it is. */
  ignored: ReadonlyMap<string, number>;
}
