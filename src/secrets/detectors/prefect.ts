import type { Detector } from "../detector.ts";
import { tokensOf } from "./tokens.ts";

const shapes = [
  { pattern: /(?<![A-Za-z0-9_])pnu_[A-Za-z0-9]{36}(?![A-Za-z0-9_])/g, type: "prefect_user_api_key" },
  { pattern: /(?<![A-Za-z0-9_])pnb_[A-Za-z0-9]{36}(?![A-Za-z0-9_])/g, type: "prefect_server_api_key" },
];

/** API keys of Prefect Cloud: of a user and of a service account. */
export const prefect: Detector = {
  name: "prefect",
  mayFind: (text) => text.includes("pnu_") || text.includes("pnb_"),
  find: (text) => tokensOf(text, shapes),
};
