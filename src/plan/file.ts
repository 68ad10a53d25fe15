import { readFileSync, statSync } from "node:fs";
import { InputError } from "../resources/problem.ts";

/** The largest plan that is read, in bytes: a plan of ten thousand resources comes to a tenth of it. */
const maxBytes = 256 << 20;

/** The file or folder of a plan. */
export interface PlanFile {
  /** As it was named. */
  file: string;
  /** null: a folder. */
  text: string | null;
}

/** An error about a plan as a whole. */
export function refusedPlan(file: string, code: string, message: string, hint: string | null): InputError {
  return new InputError([{ code: `plan/${code}`, file, line: 1, column: 1, message, hint }]);
}

const show = "terraform show -json tfplan > plan.json";

/** Reads what `--plan` names. @throws InputError where it is missing, too large, no text, or a plan that only its tool can read */
export function readPlanFile(file: string): PlanFile {
  let bytes: Buffer;
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) return { file, text: null };
    if (stat.size > maxBytes)
      throw refusedPlan(file, "too-large", `the plan has ${stat.size} bytes; at most ${maxBytes} are read`, null);
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw refusedPlan(file, "missing", "there is no such file or folder", null);
    throw refusedPlan(file, "unreadable", `the plan cannot be read (${code ?? "unknown error"})`, null);
  }
  if (bytes.subarray(0, 4).toString("latin1") === "PK\x03\x04")
    throw refusedPlan(file, "binary", "this is a plan that only Terraform can read", `write it as JSON: ${show}`);
  if (bytes.length === 0) throw refusedPlan(file, "empty", "the file is empty", null);
  const isWide = bytes[0] === 0xff || bytes[0] === 0xfe || bytes[1] === 0;
  try {
    if (!isWide) return { file, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    // Told below: neither is UTF-8.
  }
  const hint = "save it as UTF-8; where PowerShell writes it: … | Out-File -Encoding utf8 plan.json";
  throw refusedPlan(file, "encoding", "the file is not UTF-8", hint);
}
