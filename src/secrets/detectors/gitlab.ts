import type { Detector } from "../detector.ts";
import { tokensOf } from "./tokens.ts";

const bodies = [
  "glpat-[\\w-]{27,300}\\.[0-9a-z]{2}\\.[0-9a-z]{9}",
  "glpat-[\\w-]{27,300}\\.[0-9a-z]{9}",
  "gl(?:pat|dt|rt|ft|soat|ffct)-(?:t\\d_)?[\\w-]{20}",
  "glcbt-[0-9a-zA-Z]{1,5}_[\\w-]{20}",
  "glptt-[0-9a-f]{40}",
  "glimt-[\\w-]{25}",
  "glagent-[\\w-]{50,100}",
  "gloas-[0-9a-f]{64}",
  "GR1348941[\\w-]{20}",
];
const shapes = [
  { pattern: new RegExp(`(?<![\\w-])(?:${bodies.join("|")})(?![\\w-])`, "g"), type: "gitlab_access_token" },
];

/** GitLab's family of prefixed tokens. */
export const gitlab: Detector = {
  name: "gitlab",
  mayFind: (text) => /gl(?:pat|dt|rt|ft|soat|ffct|cbt|ptt|imt|agent|oas)-|GR1348941/.test(text),
  find: (text) => tokensOf(text, shapes),
};
