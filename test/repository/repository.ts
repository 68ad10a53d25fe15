import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { folder, write } from "../cli/run.ts";

/** A real repository of git in a folder of its own, with a signing key for each person who asks for one. */
export class TestRepository {
  readonly root = folder();
  readonly #keys = folder();
  #moment = Date.parse("2026-11-01T00:00:00Z");

  constructor() {
    this.git("init", "--quiet", "--initial-branch", "main");
    this.git("config", "gpg.format", "ssh");
    this.git("config", "gpg.ssh.allowedSignersFile", join(this.#keys, "allowed"));
    write(join(this.#keys, "allowed"), "");
  }

  git(...args: string[]): string {
    return execFileSync("git", ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", ...args], {
      cwd: this.root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_COMMITTER_DATE: this.#next(),
        GIT_AUTHOR_DATE: this.#next(),
      },
    });
  }

  #next(): string {
    this.#moment += 1000;
    return new Date(this.#moment).toISOString();
  }

  write(name: string, text: string): string {
    return write(join(this.root, name), text);
  }

  remove(name: string): void {
    rmSync(join(this.root, name));
  }

  /** Trusts a key of somebody from now on. */
  trust(person: string): void {
    const key = this.#key(person);
    const { root } = this;
    execFileSync(
      "sh",
      ["-c", `printf '%s %s\\n' "$1" "$(cat "$2.pub")" >> "$3"`, "sh", person, key, join(this.#keys, "allowed")],
      { cwd: root },
    );
  }

  #key(person: string): string {
    const file = join(this.#keys, person);
    try {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file], {
        stdio: ["ignore", "ignore", "ignore"],
      });
    } catch {
      // It was made before.
    }
    return file;
  }

  /** Commits everything; @returns the commit. @param author whose name it bears, @param signer whose key signs it */
  commit(author: string, signer: string | null = null): string {
    this.git("add", "--all");
    const signing = signer === null ? [] : ["-c", `user.signingkey=${this.#key(signer)}`];
    const named = [`-c`, `user.email=${author}`];
    this.git(
      ...named,
      ...signing,
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      "a change",
      ...(signer === null ? [] : ["-S"]),
    );
    return this.git("rev-parse", "HEAD").trim();
  }
}
