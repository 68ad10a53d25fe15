import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSecrets } from "../../src/secrets/find.ts";
import { fingerprinter } from "../../src/secrets/fingerprint.ts";
import { fill, generator, kinds, password } from "./generate.ts";

const fingerprint = fingerprinter("a key for tests");

/** Secrets as they stand in the text of a leaf, bare or in something that makes a password of them. */
const settings = [
  ...Object.keys(kinds)
    .filter((kind) => !["password", "token", "hex", "sasSignature", "legacyStorageKey", "slackPath"].includes(kind))
    .map((kind) => `‹${kind}›`),
  "mssql+pyodbc://etl:‹password›@syn-prod.sql.azuresynapse.net/dw",
  "Server=tcp:sql-prod.database.windows.net,1433;User ID=etl;Password=‹password›;Encrypt=True",
  "DefaultEndpointsProtocol=https;AccountName=stprod;AccountKey=‹legacyStorageKey›;EndpointSuffix=core.windows.net",
  "https://stprod.blob.core.windows.net/raw?sv=2023-11-03&sr=c&sp=rl&se=2027-01-01&sig=‹sasSignature›",
  "https://hooks.slack.com/services/‹slackPath›",
  '{"user": "etl", "password": "‹password›"}',
  "DB_PASSWORD='‹password›'",
  "mytool --token ‹token› --verbose",
];

const json = (text: string) => JSON.stringify(text).slice(1, -1);
const wrappings: readonly [name: string, wrap: (text: string) => string][] = [
  ["as it is", (text) => text],
  ["in a sentence", (text) => `we use\n${text}\nin production`],
  ["as a JSON string", (text) => JSON.stringify({ first: 1, setting: text, last: [true] })],
  ["as JSON inside JSON", (text) => JSON.stringify({ body: JSON.stringify({ setting: text }) })],
  ["with slashes escaped", (text) => `{"setting":"${json(text).replaceAll("/", "\\/")}"}`],
  [
    "with signs as unicode escapes",
    (text) => text.replace(/[+=&;~/]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
  ],
  ["percent-encoded", (text) => `?next=${encodeURIComponent(text)}&then=1`],
  ["in base64", (text) => `data: ${Buffer.from(text).toString("base64")}`],
  ["in URL-safe base64", (text) => Buffer.from(text).toString("base64url")],
  ["in base64 of UTF-16", (text) => `powershell -enc ${Buffer.from(text, "utf16le").toString("base64")}`],
  ["as XML", (text) => `<add value="${text.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}" />`],
  ["in Python", (text) => `setting = """${text}"""\nprint(1)`],
];

/** Ways in which a value could still be read out of an output. */
function forms(value: string): string[] {
  const plain = [value, decodeURIComponent(value)];
  return plain.flatMap((text) => [
    text,
    json(text),
    json(json(text)),
    encodeURIComponent(text),
    Buffer.from(text).toString("base64").replace(/=+$/, "").slice(0, -2),
    Buffer.from(text).toString("base64url").slice(0, -2),
  ]);
}

describe("a planted secret", () => {
  for (const [name, wrap] of wrappings) {
    it(`${name} leaves no trace in what findSecrets returns`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(...settings), (seed, setting) => {
          const { text, values } = fill(setting, generator(seed));
          const found = findSecrets({ path: "value", key: "value", value: wrap(text) }, fingerprint);
          const out = found.masked + JSON.stringify(found.secrets);
          expect(found.secrets.length, setting).toBeGreaterThan(0);
          for (const value of values) for (const form of forms(value)) expect(out, setting).not.toContain(form);
          if (name === "in base64") expect(out).not.toContain(Buffer.from(text).toString("base64").slice(0, 24));
        }),
        { numRuns: 150, seed: 20261123 },
      );
    });
  }

  it("under a secret name or in a secret field is masked whatever it is made of", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 60 }), (noise) => {
        const value = `Q7${noise}!x9Zk`;
        const found = findSecrets({ path: "value", key: "value", value, secretField: true });
        if (found.secrets.length > 0) expect(found.masked).not.toContain("!x9Zk");
      }),
      { seed: 20261123 },
    );
  });

  it("in a URL is masked with any user, password and host, which stay readable", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{2,14}$/);
    fc.assert(
      fc.property(name, name, fc.integer({ min: 1, max: 1_000_000 }), fc.boolean(), (user, host, seed, encoded) => {
        const made = password(generator(seed), "!-_.~*+@/:#?%&= ");
        const written = encoded ? encodeURIComponent(made) : password(generator(seed));
        const found = findSecrets(
          { path: "url", key: "url", value: `mssql://${user}:${written}@${host}.contoso.com:1433/dw?a=b` },
          fingerprint,
        );
        expect(found.masked).toBe(`mssql://${user}:••••••••@${host}.contoso.com:1433/dw?a=b`);
        expect(found.secrets.map((secret) => secret.type)).toEqual(["password_in_url"]);
      }),
      { seed: 20261123 },
    );
  });

  it("gives the mask no length: a long and a short one look alike", () => {
    const masked = (secret: string) =>
      findSecrets({ path: "u", key: "u", value: `redis://:${secret}@cache:6379` }).masked;
    expect(masked("aB3!")).toBe(masked("aB3!".repeat(40)));
  });

  it("is found again once masked by nobody: masking twice changes nothing", () => {
    for (const setting of settings) {
      const { text } = fill(setting, generator(4));
      const { masked } = findSecrets({ path: "value", key: "value", value: text });
      expect(findSecrets({ path: "value", key: "value", value: masked })).toEqual({ masked, secrets: [] });
    }
  });

  it("has the same fingerprint wherever it stands, and another once rotated or under another key", () => {
    const told = (value: string, by = fingerprint) =>
      findSecrets({ path: "u", key: "u", value }, by).secrets[0]?.fingerprint;
    const first = told("postgresql://a:Xy7%21kk2@h1/db");
    expect(first).toMatch(/^[\w-]{22}$/);
    expect(told("mysql://b:Xy7!kk2@h2:3306/other?x=y")).toBe(first);
    expect(told("postgresql://a:Xy7%21kk3@h1/db")).not.toBe(first);
    expect(told("postgresql://a:Xy7%21kk2@h1/db", fingerprinter("another key"))).not.toBe(first);
    expect(
      findSecrets({ path: "u", key: "u", value: "postgresql://a:Xy7%21kk2@h1/db" }).secrets[0]?.fingerprint,
    ).toBeNull();
  });
});

describe("what stays behind", () => {
  it("is nothing in what JavaScript itself remembers of a match", () => {
    findSecrets({ path: "u", key: "u", value: "postgresql://a:Xy7!kk2@h/db" });
    const remembered = Object.getOwnPropertyNames(RegExp).map((name) => String(Reflect.get(RegExp, name)));
    expect(remembered.join()).not.toContain("kk2");
  });
});

describe("any text at all", () => {
  it("is answered, and comes back as it was where nothing was found", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), fc.string({ maxLength: 20 }), (value, key) => {
        const found = findSecrets({ path: key, key, value }, fingerprint);
        if (found.secrets.length === 0) expect(found.masked).toBe(value);
      }),
      { numRuns: 3000, seed: 20261123 },
    );
  });
});
