/** What no means can notice, with the reason for each; it may only become shorter. */
export interface Pinned {
  /** Reads of lists from which an object can be missing: nothing else counts them. By the read. */
  lists: Readonly<Record<string, string>>;
  /** Values with which an answer says something else than before, as it may: no means can tell. */
  values: readonly PinnedValue[];
  /** Fields that are taken for null, false or empty where they are left out, because the service leaves them out. */
  assumed: readonly PinnedAssumption[];
}

/** Values at paths of a read's objects. A `*` at the end of a path stands for whatever is below. */
export interface PinnedValue {
  read: string;
  paths: readonly string[];
  /** As in null, empty list; every sort where there are none. */
  sorts?: readonly string[];
  reason: string;
}

/** Paths of a read's objects that the service leaves out. */
export interface PinnedAssumption {
  read: string;
  paths: readonly string[];
  reason: string;
}
