import type { Detector } from "../detector.ts";
import { tokensOf } from "./tokens.ts";

const shapes = [
  { pattern: /(?<![A-Za-z0-9])xox[abp]-\d{8,14}-\d{8,14}(?:-\d{8,14})?-[A-Za-z0-9-]{18,64}/g, type: "slack_api_token" },
  { pattern: /(?<![A-Za-z0-9])xox[ors]-\d{1,14}(?:-[A-Za-z0-9]{1,64}){1,5}/g, type: "slack_api_token" },
  { pattern: /(?<![A-Za-z0-9])xapp-\d-A[A-Z0-9]{8,14}-\d{8,16}-[a-z0-9]{64}/g, type: "slack_api_token" },
  { pattern: /(?<![A-Za-z0-9])xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{140,170}/g, type: "slack_api_token" },
  {
    pattern:
      /(?<=hooks\.slack(?:-gov)?\.com\/services\/)T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{24}(?![A-Za-z0-9])/g,
    type: "slack_incoming_webhook_url",
  },
  {
    pattern:
      /(?<=hooks\.slack(?:-gov)?\.com\/(?:workflows|triggers)\/)T?[A-Z0-9]{8,12}\/(?:A[A-Z0-9]{8,12}\/)?\d{10,20}\/[A-Za-z0-9]{24,32}(?![A-Za-z0-9])/g,
    type: "slack_workflow_webhook_url",
  },
];

/** Slack's tokens, and the secret end of its webhook addresses. */
export const slack: Detector = {
  name: "slack",
  mayFind: (text) => /xox[abeoprs]|xapp-|hooks\.slack/.test(text),
  find: (text) => tokensOf(text, shapes),
};
