import type { Signals } from "./signals.ts";

/** How sure a finding is: a checksum holds, the shape or structure says so, or only the name beside the value does. */
export type Tier = "confirmed" | "format" | "contextual";

/** A stretch of text that a detector takes for a secret; it lives only while one leaf is judged. */
export interface Match {
  start: number;
  end: number;
  type: string;
  tier: Tier;
  /** The secret in its canonical form (unescaped, percent-decoded, trimmed), from which fingerprint and length come. */
  value: string;
}

/** Finds one family of secrets in a text. Must take time linear in its length. */
export interface Detector {
  name: string;
  /** Cheap and exact: false only where `find` would find nothing. */
  mayFind(text: string): boolean;
  find(text: string, signals?: Signals): Match[];
}
