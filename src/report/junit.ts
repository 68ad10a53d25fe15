import type { Finding, Report, ReportPolicy } from "../resources/generated.ts";
import { count } from "./summary.ts";
import { cut, prose, visible } from "./text.ts";

/** The longest text of an attribute or of a result, in UTF-16 code units. */
const longest = 4_000;

/** A test case, and what a test tab shows of it: nothing where it passed. */
interface Case {
  name: string;
  result: { element: "failure" | "error" | "skipped"; type: string; message: string; text: string } | null;
}

/**
 * JUnit XML as the test tabs of GitLab and Azure DevOps take it: a suite for each policy, a failure for each finding,
 * skipped where a waiver covers it, an error for what could not be decided, and one case for all that is in order. The
 * names of cases are the same from run to run, so a tab can tell since when one fails.
 */
export function renderJunit(report: Report): string {
  const byPolicy = Map.groupBy(report.findings, (each) => each.policy);
  const listed = new Map(report.policies.map((each) => [each.id, each]));
  const suites = [
    // A finding never goes without a suite, even where the report does not list its policy.
    ...[...new Set([...listed.keys(), ...byPolicy.keys()])].map((id) => {
      const policy = listed.get(id);
      const found = (byPolicy.get(id) ?? []).map(ofFinding);
      return policy === undefined
        ? suite(id, id, report, found)
        : suite(id, policy.title, report, [inOrder(policy), ...found, ...undecided(policy, report)]);
    }),
    ...report.leftOut.map(({ policy, because }) =>
      suite(policy, policy, report, [skipped("left out", "leftOut", because)]),
    ),
  ];
  const sums = (["tests", "failures", "errors", "skipped"] as const).map(
    (name) => `${name}="${suites.reduce((sum, each) => sum + each.counts[name], 0)}"`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="leastwise" ${sums.join(" ")}>`,
    ...suites.map((each) => each.text),
    "</testsuites>",
    "",
  ].join("\n");
}

function inOrder({ population, decided }: ReportPolicy): Case {
  const name = "everything else";
  const { inScope, pass, notApplicable } = population;
  if (pass > 0) return { name, result: null };
  const why =
    inScope === 0
      ? `the snapshot holds nothing that it is about${decided ? "" : ", as far as was read"}`
      : `${count(notApplicable, "resource")} it does not apply to, and none that passes`;
  return skipped(name, "notApplicable", why);
}

function ofFinding(finding: Finding): Case {
  const { name, id } = finding.resource;
  const where = finding.key === null ? id : `${id} at ${finding.key}`;
  const title = `${name === null || name === id ? where : `${name} (${where})`} [${finding.id}]`;
  if (finding.waiver !== null) {
    const { reason, approvedBy, expires } = finding.waiver;
    return skipped(title, "waived", `waived until ${expires}, approved by ${approvedBy}: ${reason}`);
  }
  const text = [
    finding.rationale,
    finding.remediation?.text,
    finding.remediation?.command,
    finding.location === null ? null : `${finding.location.file}:${finding.location.line}`,
    `leastwise explain ${finding.id}`,
  ];
  return {
    name: title,
    result: {
      element: "failure",
      type: finding.severity,
      message: finding.message,
      text: text.filter((each) => typeof each === "string" && each !== "").join("\n"),
    },
  };
}

/** What of a policy was not decided: results that are unknown, by cause, and the reads behind those that were never listed. */
function undecided({ id }: ReportPolicy, report: Report): Case[] {
  const unknown = report.unknown.filter((each) => each.policy === id);
  const unread = report.unread.filter((each) => each.policies.includes(id));
  return [
    ...unknown.map(({ cause, count: many, examples, waived }) => {
      const message = `${count(many, "result")} unknown: ${cause}`;
      if (waived === true) return skipped(`unknown, accepted: ${cause}`, "accepted", message);
      return errorOf(`unknown: ${cause}`, "unknown", message, examples.join("\n"));
    }),
    ...unread.map((each) => {
      const message = `not read: ${each.scope} (${each.cause})`;
      const name = `read: ${each.read} ${each.scope}`;
      const text = each.permission === null ? "" : `It needs ${each.permission}`;
      return each.waived ? skipped(name, "accepted", message) : errorOf(name, "unread", message, text);
    }),
  ];
}

function errorOf(name: string, type: string, message: string, text: string): Case {
  return { name, result: { element: "error", type, message, text } };
}

function skipped(name: string, type: string, message: string): Case {
  return { name, result: { element: "skipped", type, message, text: "" } };
}

function suite(id: string, title: string, report: Report, cases: readonly Case[]) {
  const having = (element: string): number => cases.filter((each) => each.result?.element === element).length;
  const counts = {
    tests: cases.length,
    failures: having("failure"),
    errors: having("error"),
    skipped: having("skipped"),
  };
  const attributes = Object.entries(counts).map(([name, many]) => `${name}="${many}"`);
  const text = [
    `  <testsuite name="${attribute(id)}" ${attributes.join(" ")} timestamp="${attribute(report.run.now)}">`,
    `    <properties><property name="title" value="${attribute(title)}"/></properties>`,
    ...cases.map((each) => `    ${renderCase(id, each)}`),
    "  </testsuite>",
  ].join("\n");
  return { counts, text };
}

function renderCase(policy: string, { name, result }: Case): string {
  const begin = `<testcase classname="${attribute(policy)}" name="${attribute(name)}"`;
  if (result === null) return `${begin}/>`;
  const { element, type, message } = result;
  const text = result.text
    .split("\n")
    .map((line) => escaped(cut(visible(line), longest)))
    .join("\n");
  const open = `${begin}><${element} type="${attribute(type)}" message="${attribute(message)}"`;
  return text === "" ? `${open}/></testcase>` : `${open}>${text}</${element}></testcase>`;
}

function attribute(text: string): string {
  return escaped(cut(prose(text), longest));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text of XML; what XML may not hold at all is written out before, by `visible`. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
