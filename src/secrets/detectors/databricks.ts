import type { Detector } from "../detector.ts";
import { tokensOf } from "./tokens.ts";

const shapes = [
  {
    pattern: /(?<![A-Za-z0-9_])dapi(?:[0-9a-f]{32}|[0-9A-F]{32})(?:-\d)?(?![A-Za-z0-9])/g,
    type: "databricks_access_token",
  },
  { pattern: /(?<![A-Za-z0-9_])dose[0-9a-f]{32}(?![A-Za-z0-9])/g, type: "databricks_oauth_secret_token" },
];

/** Personal access tokens (`dapi` and 32 hex digits) and OAuth secrets (`dose` and 32) of Databricks. */
export const databricks: Detector = {
  name: "databricks",
  mayFind: (text) => text.includes("dapi") || text.includes("dose"),
  find: (text) => tokensOf(text, shapes),
};
