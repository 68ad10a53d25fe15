import { describe, expect, it } from "vitest";
import { findSecrets } from "../../src/secrets/find.ts";
import {
  base62,
  devopsToken,
  digits,
  entraSecret,
  type Generator,
  generator,
  githubToken,
  jsonWebToken,
  lower,
  olderEntraSecret,
  pem,
  upper,
} from "./generate.ts";

const told = (value: string) =>
  findSecrets({ path: "x", key: "x", value }).secrets.map((secret) => `${secret.type} ${secret.tier}`);
const hex = "0123456789abcdef";
const guid = (make: Generator) => [8, 4, 4, 4, 12].map((length) => make.from(hex, length)).join("-");

const positives: readonly [name: string, made: (make: Generator) => string, expected: string][] = [
  ["an Entra client secret", (make) => entraSecret(make), "azure_active_directory_application_secret confirmed"],
  ["one that was altered", (make) => entraSecret(make, false), "azure_active_directory_application_secret format"],
  ["an older one", olderEntraSecret, "azure_active_directory_application_secret format"],
  ["a Databricks token", (make) => `dapi${make.from(hex, 32)}`, "databricks_access_token format"],
  ["a Databricks token with a part", (make) => `dapi${make.from(hex, 32)}-2`, "databricks_access_token format"],
  [
    "a Databricks token in capitals",
    (make) => `dapi${make.from(hex.toUpperCase(), 32)}`,
    "databricks_access_token format",
  ],
  ["a Databricks OAuth secret", (make) => `dose${make.from(hex, 32)}`, "databricks_oauth_secret_token format"],
  ["a GitHub token", (make) => githubToken(make), "github_personal_access_token confirmed"],
  [
    "a GitHub token that was altered",
    (make) => githubToken(make, "ghp_", false),
    "github_personal_access_token format",
  ],
  ["a GitHub OAuth token", (make) => githubToken(make, "gho_"), "github_oauth_access_token confirmed"],
  ["a GitHub app's token", (make) => githubToken(make, "ghs_"), "github_app_installation_access_token confirmed"],
  ["a GitHub refresh token", (make) => githubToken(make, "ghr_"), "github_refresh_token confirmed"],
  [
    "a fine-grained GitHub token",
    (make) => `github_pat_${make.from(base62, 22)}_${make.from(base62, 59)}`,
    "github_personal_access_token format",
  ],
  ["a GitLab token", (make) => `glpat-${make.from(base62, 20)}`, "gitlab_access_token format"],
  [
    "a routable GitLab token",
    (make) => `glpat-${make.from(base62, 27)}.01.${make.from(digits, 9)}`,
    "gitlab_access_token format",
  ],
  ["a GitLab runner's token", (make) => `glrt-${make.from(base62, 20)}`, "gitlab_access_token format"],
  ["a GitLab trigger", (make) => `glptt-${make.from(hex, 40)}`, "gitlab_access_token format"],
  ["a Prefect key", (make) => `pnu_${make.from(base62, 36)}`, "prefect_user_api_key format"],
  ["a Prefect service account's key", (make) => `pnb_${make.from(base62, 36)}`, "prefect_server_api_key format"],
  [
    "a Slack bot's token",
    (make) => `xoxb-${make.from("123456789", 12)}-${make.from("123456789", 12)}-${make.from(base62, 24)}`,
    "slack_api_token format",
  ],
  [
    "a Slack app's token",
    (make) => `xapp-1-A${make.from(upper + digits, 10)}-${make.from("123456789", 13)}-${make.from(hex, 64)}`,
    "slack_api_token format",
  ],
  [
    "a Slack webhook",
    (make) =>
      `https://hooks.slack.com/services/T${make.from(upper, 9)}/B${make.from(upper, 9)}/${make.from(base62, 24)}`,
    "slack_incoming_webhook_url format",
  ],
  [
    "a Slack workflow",
    (make) =>
      `https://hooks.slack.com/workflows/T${make.from(upper, 9)}/A${make.from(upper, 9)}/${make.from("123456789", 18)}/${make.from(base62, 24)}`,
    "slack_workflow_webhook_url format",
  ],
  [
    "a Teams webhook",
    (make) =>
      `https://contoso.webhook.office.com/webhookb2/${guid(make)}@${guid(make)}/IncomingWebhook/${make.from(hex, 32)}/${guid(make)}`,
    "microsoft_teams_webhook format",
  ],
  ["a DevOps token of a person", (make) => devopsToken(make), "azure_devops_personal_access_token confirmed"],
  [
    "a DevOps token of an application",
    (make) => devopsToken(make, 0x1019f92e),
    "azure_devops_personal_access_token confirmed",
  ],
  ["a JSON Web Token", (make) => jsonWebToken(make), "json_web_token format"],
  [
    "one that Entra issued",
    (make) => jsonWebToken(make, "https://sts.windows.net/contoso/"),
    "microsoft_azure_entra_id_token format",
  ],
  ["a private key", (make) => pem(make), "rsa_private_key format"],
  ["an encrypted private key", (make) => pem(make, "ENCRYPTED "), "generic_private_key format"],
  ["a private key with line breaks as text", (make) => pem(make).replaceAll("\n", "\\n"), "rsa_private_key format"],
  [
    "a private key with the line breaks of Windows as text",
    (make) => pem(make, "EC ").replaceAll("\n", "\\r\\n"),
    "ec_private_key format",
  ],
  [
    "a private key put together of strings",
    (make) =>
      pem(make, "")
        .split("\n")
        .map((line) => `"${line}\\n"`)
        .join(" +\n  "),
    "generic_private_key format",
  ],
  ["a private key in base64", (make) => Buffer.from(pem(make)).toString("base64"), "rsa_private_key format"],
  ["a private key that was cut off", (make) => pem(make).slice(0, 300), "rsa_private_key format"],
];

describe("a credential with a shape of its own", () => {
  for (const [name, made, expected] of positives) {
    it(`${name} is found`, () => {
      for (let round = 1; round <= 25; round++) {
        const value = made(generator(round * 31));
        for (const text of [value, `use ${value} for now`, `"${value}"`]) expect(told(text), text).toEqual([expected]);
      }
    });
  }

  it("a webhook's host stays readable and its path does not", () => {
    const make = generator(5);
    const value = `https://hooks.slack.com/services/T${make.from(upper, 9)}/B${make.from(upper, 9)}/${make.from(base62, 24)}`;
    expect(findSecrets({ path: "url", key: "url", value }).masked).toBe("https://hooks.slack.com/services/••••••••");
  });
});

describe("what only resembles a credential is left alone", () => {
  const make = generator(11);
  for (const [name, value] of [
    ["a token of one repeated letter", `ghp_${"x".repeat(36)}`],
    ["a token that is too long", `ghp_${make.from(base62, 37)}`],
    ["base32 without a checksum", make.from(`${lower}234567`, 52)],
    ["three parts that are no JSON", `eyJ${make.from(base62, 20)}.${make.from(base62, 20)}.${make.from(base62, 43)}`],
    ["a public key", `-----BEGIN PUBLIC KEY-----\n${make.from(base62, 64)}\n-----END PUBLIC KEY-----`],
    ["a certificate", `-----BEGIN CERTIFICATE-----\n${make.from(base62, 64)}\n-----END CERTIFICATE-----`],
    ["the words for a private key", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"],
    ["a name that begins like a Databricks token", "dapi_client_settings_for_production"],
    ["a Slack address without its path", "https://hooks.slack.com/services/"],
  ] as const) {
    it(name, () => expect(told(value)).toEqual([]));
  }
});
