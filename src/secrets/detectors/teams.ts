import type { Detector } from "../detector.ts";
import { tokensOf } from "./tokens.ts";

const guid = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
const shapes = [
  {
    pattern: new RegExp(
      `(?<=\\.webhook\\.office\\.com\\/webhookb2\\/)${guid}@${guid}\\/IncomingWebhook\\/[0-9a-fA-F]{32}\\/${guid}(?:\\/[\\w-]{20,100})?`,
      "g",
    ),
    type: "microsoft_teams_webhook",
  },
  {
    pattern: new RegExp(
      `(?<=outlook\\.office(?:365)?\\.com\\/webhook\\/)${guid}@${guid}\\/IncomingWebhook\\/[0-9a-f]{32}\\/${guid}`,
      "g",
    ),
    type: "microsoft_teams_webhook",
  },
];

/** Incoming webhooks of Microsoft Teams; the newer ones, of Power Automate, are signed addresses (`sas.ts`). */
export const teams: Detector = {
  name: "teams",
  mayFind: (text) => text.includes("IncomingWebhook"),
  find: (text) => tokensOf(text, shapes),
};
