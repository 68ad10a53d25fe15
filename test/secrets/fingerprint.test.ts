import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fingerprinter } from "../../src/secrets/fingerprint.ts";

describe("a fingerprint", () => {
  it("is the first 128 bits of HMAC-SHA-256 over version, type and value", () => {
    const whole = createHmac("sha256", "key")
      .update(Buffer.concat([Buffer.from("v1password_in_url"), Buffer.of(0), Buffer.from("é!")]))
      .digest();
    expect(fingerprinter("key")("password_in_url", "é!")).toBe(whole.subarray(0, 16).toString("base64url"));
  });

  it("differs by key, type and value", () => {
    const told = [
      fingerprinter("a")("t", "v"),
      fingerprinter("b")("t", "v"),
      fingerprinter("a")("u", "v"),
      fingerprinter("a")("t", "w"),
      fingerprinter("a")("tv", ""),
    ];
    expect(new Set(told).size).toBe(told.length);
  });
});
