import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most tests wait for a process that they started: one worker a core, where vitest leaves one core free.
    maxWorkers: "100%",
  },
});
