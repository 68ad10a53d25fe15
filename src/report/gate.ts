import type { GateAccess, GateAt, GateChange, GateSummary, Report } from "../resources/generated.ts";
import { count, total } from "./summary.ts";

/** What the terminal and the Markdown summary both say of the gate. */

/** A report of the gate. */
export type GateReport = Report & { gate: GateSummary };

export function isOfGate(report: Report): report is GateReport {
  return report.gate !== undefined;
}

/** The report with only the findings that count: those that the change brings, or with --all every one. */
export function counting(report: GateReport): GateReport {
  if (report.gate.counts === "all") return report;
  return { ...report, findings: report.findings.filter(({ baseline }) => baseline === "new") };
}

/** How old the live state is, as in `14 hours old`. @param clock the moment that it is looked at, in ms since the epoch */
export function age(collectedAt: string, clock: number): string {
  const minutes = Math.floor((clock - Date.parse(collectedAt)) / 60_000);
  if (minutes < 0) return "later than this machine's clock";
  if (minutes < 120) return `${count(minutes, "minute")} old`;
  const hours = Math.floor(minutes / 60);
  return hours < 72 ? `${hours} hours old` : `${Math.floor(hours / 24)} days old`;
}

const formats: Readonly<Record<GateSummary["plans"][number]["format"], string>> = {
  terraform: "a Terraform plan",
  "arm-template": "an ARM template",
  "arm-what-if": "what-if output of ARM",
  prefect: "deployments of Prefect",
  "prefect-blocks": "blocks of Prefect",
};

/** What a plan is and how much it changes, after its name. */
export function planned({ format, changes, undecided, ignored }: GateSummary["plans"][number]): string {
  const left = total(Object.values(ignored));
  const parts = [
    `${formats[format]}, ${count(changes, "row")} change${changes === 1 ? "s" : ""}`,
    ...(undecided > 0 ? [`${undecided} known only after the change`] : []),
    ...(left > 0 ? [`${left} of types that no policy is about`] : []),
  ];
  return parts.join(", ");
}

/** Where a change is written: its address, or its line. */
export function placeOf({ file, line, address }: GateAt): string {
  return address ?? `${file}:${line}`;
}

export const signs: Readonly<Record<GateChange["action"], string>> = {
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
};

/** What somebody gains or loses, after the name. */
export function rightOf({ right, scope }: GateAccess): string {
  return `${right ?? "a right known only after the change"} on ${scope ?? "a scope known only after the change"}`;
}

export function whoOf({ principalName, principal }: GateAccess): string {
  return principalName ?? principal ?? "somebody known only after the change";
}

/** The numbers of what is not decided, in one sentence; empty where all is. */
export function openOf({ unknown, unread, stillUnknown }: GateSummary): string {
  const many = total(unknown.map((each) => each.count));
  const parts = [
    ...(many > 0 ? [`${count(many, "result")} would no longer be known`] : []),
    ...(unread.length > 0
      ? [`${count(unread.length, "part")} of the change ${unread.length === 1 ? "leaves" : "leave"} policies undecided`]
      : []),
    ...(stillUnknown > 0 ? [`${stillUnknown} unknown before, too, or not decided any more (listed only)`] : []),
  ];
  return parts.join(", ");
}
