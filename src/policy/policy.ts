import type { Position } from "../resources/document.ts";
import type { Row } from "../resources/kinds.ts";
import type { World } from "./value.ts";

/** What a policy says of a resource; a waiver turns fail into waived elsewhere. */
export type Outcome = "pass" | "fail" | "unknown" | "notApplicable";

/** What to do about a failure. */
interface Remediation {
  readonly text: string;
  readonly command: string | null;
}

/** The same as it was written, with the infrastructure code that keeps it mended. */
interface WrittenRemediation extends Remediation {
  readonly code: string | null;
}

/** One value that a failure rests on. */
export interface Trace {
  readonly expression: string;
  readonly value: string;
}

/** One failure: of the resource, or, where the policy has `each`, of one element in it. */
export interface Found {
  /** The element's key; null where the policy has no `each`. */
  readonly key: string | null;
  /** The element itself; only where the policy has `each`. */
  readonly element?: unknown;
  readonly message: string;
  readonly rationale: string | null;
  readonly remediation: Remediation | null;
  readonly trace: readonly Trace[];
}

/** What a policy says of one resource, with its failures and with what it could not read. */
export interface Evaluation {
  readonly outcome: Outcome;
  readonly found: readonly Found[];
  /** Why the outcome is unknown; distinct. */
  readonly causes: readonly string[];
}

/** A policy that was loaded: everything in it has been checked. */
export interface Policy {
  readonly id: string;
  readonly title: string;
  readonly severity: "critical" | "high" | "medium" | "low";
  readonly confidence: "certain" | "likely";
  /** The kind of resource that it looks at. */
  readonly target: string;
  readonly controls: { readonly soc2: readonly { readonly id: string; readonly reason: string | null }[] };
  /** The parameters in force; durations and timestamps as they were written. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Templates as they were written. */
  readonly rationale: string | null;
  readonly remediation: WrittenRemediation | null;
  readonly references: readonly string[];
  /** The file as it is shown to people. */
  readonly file: string;
  readonly text: string;
  /** sha256:<hex> of the text. */
  readonly digest: string;
  readonly tests: readonly PolicyTest[];
  /** The kinds whose reads the outcome can depend on: the target, and those of the relations that it follows. */
  readonly kinds: ReadonlySet<string>;
  /** Every `<kind>.<field>` that the expressions and templates read; relations and computed fields too. */
  readonly reads: ReadonlySet<string>;
  evaluate(row: Row, world: World): Evaluation;
  /** Where a key of the file stands, such as `require`; the file's beginning where it is absent. */
  line(key: string): Position;
}

/** An example inside a policy. */
export interface PolicyTest {
  readonly name: string;
  /** The resource, with what is given of its relations and computed fields inside. */
  readonly given: Row;
  readonly params: Readonly<Record<string, unknown>>;
  /** The moment of evaluation, in milliseconds since 1970. */
  readonly now: number;
  readonly expected: Outcome;
  readonly position: Position;
}
