#!/usr/bin/env node
// This file is read by any Node, so it uses nothing that is new: it says what to run where Node is too old.
const least = [22, 18];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < (least[0] ?? 0) || (major === least[0] && minor < (least[1] ?? 0))) {
  process.stderr.write(
    `leastwise needs Node ${least.join(".")} or newer, and this is ${process.versions.node}.\n` +
      "Install a newer Node (https://nodejs.org), or run: npx -p node@24 leastwise\n",
  );
  process.exitCode = 2;
} else if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) {
  const { version } = await import("./resources/version.ts");
  process.stdout.write(`${version}\n`);
} else {
  const { main } = await import("./cli.ts");
  await main(process.argv);
}
